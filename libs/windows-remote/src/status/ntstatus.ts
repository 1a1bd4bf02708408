/** NTSTATUS codes that these protocols return, [MS-ERREF] 2.3.1, with what each means to a caller. Sorted by code. */
import type { RemoteErrorDetails, RemoteErrorKind, RemoteErrorReason } from './remote-error';
import { RemoteError } from './remote-error';

type Row = readonly [code: number, name: string, kind: RemoteErrorKind, reason: RemoteErrorReason];

const table: readonly Row[] = [
  [0x8000_0005, 'STATUS_BUFFER_OVERFLOW', 'protocol', 'unexpectedReply'],
  [0x8000_0006, 'STATUS_NO_MORE_FILES', 'refused', 'notFound'],
  [0x8000_002d, 'STATUS_STOPPED_ON_SYMLINK', 'refused', 'invalidName'],
  [0xc000_0002, 'STATUS_NOT_IMPLEMENTED', 'protocol', 'unsupported'],
  [0xc000_0003, 'STATUS_INVALID_INFO_CLASS', 'protocol', 'unsupported'],
  [0xc000_0008, 'STATUS_INVALID_HANDLE', 'refused', 'other'],
  [0xc000_000d, 'STATUS_INVALID_PARAMETER', 'protocol', 'unexpectedReply'],
  [0xc000_000f, 'STATUS_NO_SUCH_FILE', 'refused', 'notFound'],
  [0xc000_0010, 'STATUS_INVALID_DEVICE_REQUEST', 'protocol', 'unsupported'],
  [0xc000_0011, 'STATUS_END_OF_FILE', 'refused', 'other'],
  [0xc000_0016, 'STATUS_MORE_PROCESSING_REQUIRED', 'protocol', 'unexpectedReply'],
  [0xc000_0017, 'STATUS_NO_MEMORY', 'busy', 'serverBusy'],
  [0xc000_0022, 'STATUS_ACCESS_DENIED', 'denied', 'accessDenied'],
  [0xc000_0033, 'STATUS_OBJECT_NAME_INVALID', 'refused', 'invalidName'],
  [0xc000_0034, 'STATUS_OBJECT_NAME_NOT_FOUND', 'refused', 'notFound'],
  [0xc000_0035, 'STATUS_OBJECT_NAME_COLLISION', 'refused', 'alreadyExists'],
  [0xc000_0039, 'STATUS_OBJECT_PATH_INVALID', 'refused', 'invalidName'],
  [0xc000_003a, 'STATUS_OBJECT_PATH_NOT_FOUND', 'refused', 'notFound'],
  [0xc000_003b, 'STATUS_OBJECT_PATH_SYNTAX_BAD', 'refused', 'invalidName'],
  [0xc000_0043, 'STATUS_SHARING_VIOLATION', 'refused', 'sharingViolation'],
  [0xc000_0054, 'STATUS_FILE_LOCK_CONFLICT', 'refused', 'sharingViolation'],
  [0xc000_0056, 'STATUS_DELETE_PENDING', 'refused', 'sharingViolation'],
  [0xc000_005e, 'STATUS_NO_LOGON_SERVERS', 'denied', 'noLogonServers'],
  [0xc000_0061, 'STATUS_PRIVILEGE_NOT_HELD', 'denied', 'privilegeNotHeld'],
  // Windows gives LOGON_FAILURE for both, on purpose; older servers tell the unknown account apart.
  [0xc000_0064, 'STATUS_NO_SUCH_USER', 'denied', 'wrongPassword'],
  [0xc000_006a, 'STATUS_WRONG_PASSWORD', 'denied', 'wrongPassword'],
  [0xc000_006d, 'STATUS_LOGON_FAILURE', 'denied', 'wrongPassword'],
  [0xc000_006e, 'STATUS_ACCOUNT_RESTRICTION', 'denied', 'accountRestricted'],
  [0xc000_006f, 'STATUS_INVALID_LOGON_HOURS', 'denied', 'logonHours'],
  [0xc000_0070, 'STATUS_INVALID_WORKSTATION', 'denied', 'workstationNotAllowed'],
  [0xc000_0071, 'STATUS_PASSWORD_EXPIRED', 'denied', 'passwordExpired'],
  [0xc000_0072, 'STATUS_ACCOUNT_DISABLED', 'denied', 'accountDisabled'],
  [0xc000_007f, 'STATUS_DISK_FULL', 'refused', 'diskFull'],
  [0xc000_0098, 'STATUS_FILE_INVALID', 'refused', 'other'],
  [0xc000_009a, 'STATUS_INSUFFICIENT_RESOURCES', 'busy', 'serverBusy'],
  [0xc000_00a2, 'STATUS_MEDIA_WRITE_PROTECTED', 'refused', 'other'],
  [0xc000_00ab, 'STATUS_INSTANCE_NOT_AVAILABLE', 'busy', 'pipeBusy'],
  [0xc000_00ac, 'STATUS_PIPE_NOT_AVAILABLE', 'busy', 'pipeBusy'],
  [0xc000_00ae, 'STATUS_PIPE_BUSY', 'busy', 'pipeBusy'],
  [0xc000_00b0, 'STATUS_PIPE_DISCONNECTED', 'unreachable', 'connectionLost'],
  [0xc000_00b1, 'STATUS_PIPE_CLOSING', 'unreachable', 'connectionLost'],
  [0xc000_00b5, 'STATUS_IO_TIMEOUT', 'unreachable', 'timeout'],
  [0xc000_00ba, 'STATUS_FILE_IS_A_DIRECTORY', 'refused', 'isDirectory'],
  [0xc000_00bb, 'STATUS_NOT_SUPPORTED', 'protocol', 'unsupported'],
  [0xc000_00c9, 'STATUS_NETWORK_NAME_DELETED', 'unreachable', 'connectionLost'],
  [0xc000_00ca, 'STATUS_NETWORK_ACCESS_DENIED', 'denied', 'accessDenied'],
  [0xc000_00cc, 'STATUS_BAD_NETWORK_NAME', 'refused', 'notFound'],
  [0xc000_00d0, 'STATUS_REQUEST_NOT_ACCEPTED', 'busy', 'tooManySessions'],
  [0xc000_0101, 'STATUS_DIRECTORY_NOT_EMPTY', 'refused', 'directoryNotEmpty'],
  [0xc000_0103, 'STATUS_NOT_A_DIRECTORY', 'refused', 'notDirectory'],
  [0xc000_0106, 'STATUS_NAME_TOO_LONG', 'refused', 'invalidName'],
  [0xc000_0120, 'STATUS_CANCELLED', 'unreachable', 'aborted'],
  [0xc000_0121, 'STATUS_CANNOT_DELETE', 'refused', 'other'],
  [0xc000_0128, 'STATUS_FILE_CLOSED', 'refused', 'other'],
  [0xc000_0133, 'STATUS_TIME_DIFFERENCE_AT_DC', 'denied', 'clockSkew'],
  [0xc000_015b, 'STATUS_LOGON_TYPE_NOT_GRANTED', 'denied', 'logonTypeNotGranted'],
  [0xc000_018b, 'STATUS_NO_TRUST_SAM_ACCOUNT', 'denied', 'noTrust'],
  [0xc000_018c, 'STATUS_TRUSTED_DOMAIN_FAILURE', 'denied', 'noTrust'],
  [0xc000_018d, 'STATUS_TRUSTED_RELATIONSHIP_FAILURE', 'denied', 'noTrust'],
  [0xc000_0190, 'STATUS_TRUST_FAILURE', 'denied', 'noTrust'],
  [0xc000_0192, 'STATUS_NETLOGON_NOT_STARTED', 'denied', 'noLogonServers'],
  [0xc000_0193, 'STATUS_ACCOUNT_EXPIRED', 'denied', 'accountExpired'],
  [0xc000_0203, 'STATUS_USER_SESSION_DELETED', 'unreachable', 'connectionLost'],
  [0xc000_0205, 'STATUS_INSUFF_SERVER_RESOURCES', 'busy', 'serverBusy'],
  [0xc000_020c, 'STATUS_CONNECTION_DISCONNECTED', 'unreachable', 'connectionLost'],
  [0xc000_0224, 'STATUS_PASSWORD_MUST_CHANGE', 'denied', 'passwordMustChange'],
  [0xc000_0233, 'STATUS_DOMAIN_CONTROLLER_NOT_FOUND', 'denied', 'noLogonServers'],
  [0xc000_0234, 'STATUS_ACCOUNT_LOCKED_OUT', 'denied', 'accountLocked'],
  [0xc000_0257, 'STATUS_PATH_NOT_COVERED', 'refused', 'notFound'],
  [0xc000_026e, 'STATUS_VOLUME_DISMOUNTED', 'refused', 'other'],
  [0xc000_035c, 'STATUS_NETWORK_SESSION_EXPIRED', 'unreachable', 'connectionLost'],
  [0xc000_0413, 'STATUS_AUTHENTICATION_FIREWALL_FAILED', 'denied', 'logonTypeNotGranted'],
  [0xc000_0418, 'STATUS_NTLM_BLOCKED', 'denied', 'accountRestricted'],
  [0xc000_0466, 'STATUS_SERVER_UNAVAILABLE', 'busy', 'serverBusy'],
  [0xc000_0480, 'STATUS_SHARE_UNAVAILABLE', 'busy', 'serverBusy'],
  [0xc000_0906, 'STATUS_VIRUS_INFECTED', 'refused', 'malwareFound'],
  [0xc000_0907, 'STATUS_VIRUS_DELETED', 'refused', 'malwareFound'],
  [0xc05d_0000, 'STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP', 'protocol', 'unsupported'],
];

/** Codes that the protocol's own course depends on, by name. */
export const ntstatus = {
  success: 0,
  pending: 0x103,
  bufferOverflow: 0x8000_0005,
  noMoreFiles: 0x8000_0006,
  invalidParameter: 0xc000_000d,
  noSuchFile: 0xc000_000f,
  invalidDeviceRequest: 0xc000_0010,
  endOfFile: 0xc000_0011,
  moreProcessingRequired: 0xc000_0016,
  accessDenied: 0xc000_0022,
  objectNameInvalid: 0xc000_0033,
  objectNameNotFound: 0xc000_0034,
  objectNameCollision: 0xc000_0035,
  objectPathNotFound: 0xc000_003a,
  sharingViolation: 0xc000_0043,
  logonFailure: 0xc000_006d,
  accountDisabled: 0xc000_0072,
  diskFull: 0xc000_007f,
  fileIsADirectory: 0xc000_00ba,
  notSupported: 0xc000_00bb,
  badNetworkName: 0xc000_00cc,
  directoryNotEmpty: 0xc000_0101,
  notADirectory: 0xc000_0103,
  fileClosed: 0xc000_0128,
  accountLockedOut: 0xc000_0234,
} as const;

const rows = new Map(table.map((row) => [row[0], row]));

/** Errors have both severity bits set, [MS-ERREF] 2.3; warnings and interim answers are for the caller to tell. */
export const isErrorStatus = (status: number): boolean => status >>> 30 === 3;

/** The specification's name of a code, or its number when the table does not know it. */
export const ntstatusName = (status: number): string =>
  rows.get(status)?.[1] ?? `0x${status.toString(16).padStart(8, '0').toUpperCase()}`;

/** The RemoteError for a failed request. @param doing `could not open C$`. */
export function statusError(
  status: number,
  doing: string,
  details: RemoteErrorDetails = {},
  cause?: unknown,
): RemoteError {
  const [, , kind, reason] = rows.get(status) ?? [0, '', 'refused', 'other'];
  const codeName = ntstatusName(status);
  return new RemoteError(
    kind as RemoteErrorKind,
    reason as RemoteErrorReason,
    `${doing}: ${codeName}`,
    { ...details, code: status, codeName },
    cause,
  );
}
