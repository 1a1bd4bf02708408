/**
 * Win32 error codes that the services answer with, [MS-ERREF] 2.2, sorted by code. A code that is not here is
 * `refused`/`other`.
 */
import { RemoteError } from './remote-error';
import type { RemoteErrorDetails, RemoteErrorKind, RemoteErrorReason } from './remote-error';

export type CodeRow = readonly [code: number, name: string, kind: RemoteErrorKind, reason: RemoteErrorReason];

export const win32Errors: readonly CodeRow[] = [
  [2, 'ERROR_FILE_NOT_FOUND', 'refused', 'notFound'],
  [3, 'ERROR_PATH_NOT_FOUND', 'refused', 'notFound'],
  [5, 'ERROR_ACCESS_DENIED', 'denied', 'accessDenied'],
  [6, 'ERROR_INVALID_HANDLE', 'refused', 'other'],
  [8, 'ERROR_NOT_ENOUGH_MEMORY', 'busy', 'serverBusy'],
  [14, 'ERROR_OUTOFMEMORY', 'busy', 'serverBusy'],
  [32, 'ERROR_SHARING_VIOLATION', 'refused', 'sharingViolation'],
  [50, 'ERROR_NOT_SUPPORTED', 'protocol', 'unsupported'],
  [80, 'ERROR_FILE_EXISTS', 'refused', 'alreadyExists'],
  [87, 'ERROR_INVALID_PARAMETER', 'refused', 'other'],
  [112, 'ERROR_DISK_FULL', 'refused', 'diskFull'],
  [122, 'ERROR_INSUFFICIENT_BUFFER', 'refused', 'other'],
  [123, 'ERROR_INVALID_NAME', 'refused', 'invalidName'],
  [145, 'ERROR_DIR_NOT_EMPTY', 'refused', 'directoryNotEmpty'],
  [183, 'ERROR_ALREADY_EXISTS', 'refused', 'alreadyExists'],
  [225, 'ERROR_VIRUS_INFECTED', 'refused', 'malwareFound'],
  [234, 'ERROR_MORE_DATA', 'refused', 'other'],
  [259, 'ERROR_NO_MORE_ITEMS', 'refused', 'other'],
  [1018, 'ERROR_KEY_DELETED', 'refused', 'notFound'],
  [1020, 'ERROR_KEY_HAS_CHILDREN', 'refused', 'other'],
  [1021, 'ERROR_CHILD_MUST_BE_VOLATILE', 'refused', 'other'],
  [1053, 'ERROR_SERVICE_REQUEST_TIMEOUT', 'refused', 'serviceNotRunning'],
  [1055, 'ERROR_SERVICE_DATABASE_LOCKED', 'busy', 'databaseLocked'],
  [1056, 'ERROR_SERVICE_ALREADY_RUNNING', 'refused', 'alreadyExists'],
  [1058, 'ERROR_SERVICE_DISABLED', 'refused', 'serviceDisabled'],
  [1060, 'ERROR_SERVICE_DOES_NOT_EXIST', 'refused', 'notFound'],
  [1062, 'ERROR_SERVICE_NOT_ACTIVE', 'refused', 'serviceNotRunning'],
  [1067, 'ERROR_PROCESS_ABORTED', 'refused', 'serviceNotRunning'],
  [1068, 'ERROR_SERVICE_DEPENDENCY_FAIL', 'refused', 'serviceNotRunning'],
  [1069, 'ERROR_SERVICE_LOGON_FAILED', 'refused', 'serviceNotRunning'],
  [1072, 'ERROR_SERVICE_MARKED_FOR_DELETE', 'refused', 'notFound'],
  [1115, 'ERROR_SHUTDOWN_IN_PROGRESS', 'busy', 'serverBusy'],
  [1314, 'ERROR_PRIVILEGE_NOT_HELD', 'denied', 'privilegeNotHeld'],
  [1326, 'ERROR_LOGON_FAILURE', 'denied', 'wrongPassword'],
  [1327, 'ERROR_ACCOUNT_RESTRICTION', 'denied', 'accountRestricted'],
  [1328, 'ERROR_INVALID_LOGON_HOURS', 'denied', 'logonHours'],
  [1329, 'ERROR_INVALID_WORKSTATION', 'denied', 'workstationNotAllowed'],
  [1330, 'ERROR_PASSWORD_EXPIRED', 'denied', 'passwordExpired'],
  [1331, 'ERROR_ACCOUNT_DISABLED', 'denied', 'accountDisabled'],
  [1385, 'ERROR_LOGON_TYPE_NOT_GRANTED', 'denied', 'logonTypeNotGranted'],
  [1722, 'RPC_S_SERVER_UNAVAILABLE', 'busy', 'serverBusy'],
  [1723, 'RPC_S_SERVER_TOO_BUSY', 'busy', 'serverBusy'],
  [1783, 'RPC_X_BAD_STUB_DATA', 'protocol', 'malformed'],
  [1793, 'ERROR_ACCOUNT_EXPIRED', 'denied', 'accountExpired'],
  [1825, 'RPC_S_SEC_PKG_ERROR', 'denied', 'accessDenied'],
  [1907, 'ERROR_PASSWORD_MUST_CHANGE', 'denied', 'passwordMustChange'],
  [1909, 'ERROR_ACCOUNT_LOCKED_OUT', 'denied', 'accountLocked'],
];

const byCode = new Map(win32Errors.map((row) => [row[0], row]));

export const findWin32 = (code: number): CodeRow | undefined => byCode.get(code);

/** The error of a Win32 code. @param doing what was being done: `could not create the registry key`. */
export function win32Error(code: number, doing: string, details: RemoteErrorDetails = {}): RemoteError {
  const row = byCode.get(code);
  const known = { ...details, code, codeName: row?.[1] };
  return new RemoteError(row?.[2] ?? 'refused', row?.[3] ?? 'other', doing, known);
}
