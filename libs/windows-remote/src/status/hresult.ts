/**
 * HRESULTs of Task Scheduler, [MS-TSCH] 2.3.14 and [MS-ERREF] 2.1, sorted by code; 0x8007nnnn carries a Win32 code.
 * A code below 0x80000000 is success, and some successes are warnings.
 */
import { RemoteError } from './remote-error';
import type { RemoteErrorDetails } from './remote-error';
import type { CodeRow } from './win32';
import { findWin32 } from './win32';

/** More remains, or fewer than asked for were there. */
export const S_FALSE = 0x0000_0001;

/** Success codes that say something. */
export const hresultSuccesses = {
  taskReady: 0x0004_1300,
  taskRunning: 0x0004_1301,
  taskDisabled: 0x0004_1302,
  taskHasNotRun: 0x0004_1303,
  taskTerminated: 0x0004_1306,
  batchLogonProblem: 0x0004_131c,
  taskQueued: 0x0004_1325,
} as const;

export const taskNotRunning = 0x8004_130b;

export const hresultErrors: readonly CodeRow[] = [
  [0x8004_1309, 'SCHED_E_TRIGGER_NOT_FOUND', 'refused', 'notFound'],
  [0x8004_130a, 'SCHED_E_TASK_NOT_READY', 'refused', 'other'],
  [taskNotRunning, 'SCHED_E_TASK_NOT_RUNNING', 'refused', 'other'],
  [0x8004_130c, 'SCHED_E_SERVICE_NOT_INSTALLED', 'refused', 'serviceNotRunning'],
  [0x8004_130d, 'SCHED_E_CANNOT_OPEN_TASK', 'refused', 'other'],
  [0x8004_130e, 'SCHED_E_INVALID_TASK', 'refused', 'other'],
  [0x8004_130f, 'SCHED_E_ACCOUNT_INFORMATION_NOT_SET', 'refused', 'other'],
  [0x8004_1310, 'SCHED_E_ACCOUNT_NAME_NOT_FOUND', 'refused', 'other'],
  [0x8004_1311, 'SCHED_E_ACCOUNT_DBASE_CORRUPT', 'refused', 'other'],
  [0x8004_1312, 'SCHED_E_NO_SECURITY_SERVICES', 'refused', 'other'],
  [0x8004_1313, 'SCHED_E_UNKNOWN_OBJECT_VERSION', 'protocol', 'unsupported'],
  [0x8004_1314, 'SCHED_E_UNSUPPORTED_ACCOUNT_OPTION', 'refused', 'other'],
  [0x8004_1315, 'SCHED_E_SERVICE_NOT_RUNNING', 'refused', 'serviceNotRunning'],
  [0x8004_1316, 'SCHED_E_UNEXPECTEDNODE', 'refused', 'other'],
  [0x8004_1317, 'SCHED_E_NAMESPACE', 'refused', 'other'],
  [0x8004_1318, 'SCHED_E_INVALIDVALUE', 'refused', 'other'],
  [0x8004_1319, 'SCHED_E_MISSINGNODE', 'refused', 'other'],
  [0x8004_131a, 'SCHED_E_MALFORMEDXML', 'refused', 'other'],
  [0x8004_131d, 'SCHED_E_TOO_MANY_NODES', 'refused', 'other'],
  [0x8004_131e, 'SCHED_E_PAST_END_BOUNDARY', 'refused', 'other'],
  [0x8004_131f, 'SCHED_E_ALREADY_RUNNING', 'refused', 'alreadyExists'],
  [0x8004_1320, 'SCHED_E_USER_NOT_LOGGED_ON', 'refused', 'other'],
  [0x8004_1321, 'SCHED_E_INVALID_TASK_HASH', 'refused', 'other'],
  [0x8004_1322, 'SCHED_E_SERVICE_NOT_AVAILABLE', 'refused', 'serviceNotRunning'],
  [0x8004_1323, 'SCHED_E_SERVICE_TOO_BUSY', 'busy', 'serverBusy'],
  [0x8004_1324, 'SCHED_E_TASK_ATTEMPTED', 'refused', 'other'],
  [0x8004_1326, 'SCHED_E_TASK_DISABLED', 'refused', 'other'],
  [0x8004_1327, 'SCHED_E_TASK_NOT_V1_COMPAT', 'refused', 'other'],
  [0x8004_1328, 'SCHED_E_START_ON_DEMAND', 'refused', 'other'],
];

const byCode = new Map(hresultErrors.map((row) => [row[0], row]));
const win32Facility = 0x8007_0000;

export const isFailure = (code: number): boolean => code >= 0x8000_0000;

/** The Win32 code inside an HRESULT of that facility, `undefined` for others. */
export const win32OfHresult = (code: number): number | undefined =>
  code >= win32Facility && code <= win32Facility + 0xffff ? code - win32Facility : undefined;

/** The error of an HRESULT. @param doing what was being done: `could not register the task`. */
export function hresultError(code: number, doing: string, details: RemoteErrorDetails = {}): RemoteError {
  const win32 = win32OfHresult(code);
  const row = win32 === undefined ? byCode.get(code) : findWin32(win32);
  const known = { ...details, code, codeName: row?.[1] };
  return new RemoteError(row?.[2] ?? 'refused', row?.[3] ?? 'other', doing, known);
}
