/** Which table of Windows error numbers a refusal's code belongs to: the wire format of each protocol follows from it. */
export type RefusalKind = 'ntstatus' | 'win32' | 'hresult';

/** A simulated computer says no. The protocol servers turn it into the reply that Windows would send. */
export class HostRefusal extends Error {
  constructor(
    readonly kind: RefusalKind,
    readonly code: number,
    message: string,
  ) {
    super(`${message} (${kind} 0x${code.toString(16).padStart(8, '0')})`);
    this.name = 'HostRefusal';
  }
}

/** NTSTATUS values the simulated computer answers with, [MS-ERREF] 2.3.1. */
export const NtStatus = {
  success: 0x00000000,
  pending: 0x00000103,
  bufferOverflow: 0x80000005,
  noMoreFiles: 0x80000006,
  invalidInfoClass: 0xc0000003,
  infoLengthMismatch: 0xc0000004,
  invalidHandle: 0xc0000008,
  invalidParameter: 0xc000000d,
  noSuchFile: 0xc000000f,
  invalidDeviceRequest: 0xc0000010,
  endOfFile: 0xc0000011,
  moreProcessingRequired: 0xc0000016,
  accessDenied: 0xc0000022,
  bufferTooSmall: 0xc0000023,
  objectNameInvalid: 0xc0000033,
  objectNameNotFound: 0xc0000034,
  objectNameCollision: 0xc0000035,
  objectPathNotFound: 0xc000003a,
  sharingViolation: 0xc0000043,
  deletePending: 0xc0000056,
  logonFailure: 0xc000006d,
  invalidLogonHours: 0xc000006f,
  passwordExpired: 0xc0000071,
  accountDisabled: 0xc0000072,
  diskFull: 0xc000007f,
  insufficientResources: 0xc000009a,
  pipeDisconnected: 0xc00000b0,
  fileIsADirectory: 0xc00000ba,
  notSupported: 0xc00000bb,
  badNetworkName: 0xc00000cc,
  requestNotAccepted: 0xc00000d0,
  directoryNotEmpty: 0xc0000101,
  notADirectory: 0xc0000103,
  cannotDelete: 0xc0000121,
  fileClosed: 0xc0000128,
  timeDifferenceAtDc: 0xc0000133,
  logonTypeNotGranted: 0xc000015b,
  trustedRelationshipFailure: 0xc000018d,
  accountExpired: 0xc0000193,
  networkSessionExpired: 0xc000035c,
  accountLockedOut: 0xc0000234,
  networkNameDeleted: 0xc00000c9,
  userSessionDeleted: 0xc0000203,
} as const;

/** Win32 error numbers of the registry and the service manager, [MS-ERREF] 2.2. */
export const Win32 = {
  success: 0,
  fileNotFound: 2,
  accessDenied: 5,
  invalidHandle: 6,
  invalidData: 13,
  sharingViolation: 32,
  invalidParameter: 87,
  insufficientBuffer: 122,
  alreadyExists: 183,
  moreData: 234,
  noMoreItems: 259,
  keyDeleted: 1018,
  serviceAlreadyRunning: 1056,
  serviceDisabled: 1058,
  serviceDoesNotExist: 1060,
  serviceNotActive: 1062,
} as const;

/** HRESULTs of the Task Scheduler, [MS-TSCH] 2.3.14 and [MS-ERREF] 2.1. */
export const Hresult = {
  ok: 0,
  false: 1,
  taskRunning: 0x00041301,
  taskHasNotRun: 0x00041303,
  taskTerminated: 0x00041306,
  batchLogonProblem: 0x0004131c,
  fileNotFound: 0x80070002,
  pathNotFound: 0x80070003,
  accessDenied: 0x80070005,
  invalidArgument: 0x80070057,
  invalidName: 0x8007007b,
  directoryNotEmpty: 0x80070091,
  alreadyExists: 0x800700b7,
  taskNotRunning: 0x8004130b,
  unexpectedNode: 0x80041316,
  namespace: 0x80041317,
  invalidValue: 0x80041318,
  missingNode: 0x80041319,
  malformedXml: 0x8004131a,
  taskDisabled: 0x80041326,
} as const;
