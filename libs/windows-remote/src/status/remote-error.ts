/**
 * Everything that goes wrong with a remote computer is one class with a closed `kind` (what a caller does about it)
 * and a closed `reason` (what a person is told about it). The table below is the only place that says which belong
 * together and which are worth another try.
 */
export const reasonsByKind = {
  unreachable: [
    'noRoute',
    'timeout',
    'connectionRefused',
    'connectionLost',
    'deadline',
    'aborted',
    'nameNotResolved',
  ],
  busy: ['serverBusy', 'tooManySessions', 'databaseLocked', 'pipeBusy'],
  denied: [
    'wrongPassword',
    'accountLocked',
    'accountDisabled',
    'accountExpired',
    'accountRestricted',
    'passwordExpired',
    'passwordMustChange',
    'logonHours',
    'workstationNotAllowed',
    'logonTypeNotGranted',
    'clockSkew',
    'noTrust',
    'noLogonServers',
    'guestLogon',
    'accessDenied',
    'privilegeNotHeld',
  ],
  refused: [
    'notFound',
    'alreadyExists',
    'serviceDisabled',
    'serviceNotRunning',
    'sharingViolation',
    'diskFull',
    'directoryNotEmpty',
    'isDirectory',
    'notDirectory',
    'invalidName',
    'batchLogonMissing',
    'malwareFound',
    'other',
  ],
  protocol: [
    'malformed',
    'signature',
    'downgrade',
    'notWindows',
    'smb1Only',
    'unsupported',
    'limitExceeded',
    'unexpectedReply',
  ],
} as const;

export type RemoteErrorKind = keyof typeof reasonsByKind;
export type RemoteErrorReason<K extends RemoteErrorKind = RemoteErrorKind> =
  (typeof reasonsByKind)[K][number];

/** What is known beside kind and reason. `code` is an NTSTATUS, Win32 code or HRESULT; `codeName` its name in the specification. */
export interface RemoteErrorDetails {
  host?: string | undefined;
  code?: number | undefined;
  codeName?: string | undefined;
}

export class RemoteError extends Error {
  readonly kind: RemoteErrorKind;
  readonly reason: RemoteErrorReason;
  readonly host: string | undefined;
  readonly code: number | undefined;
  readonly codeName: string | undefined;

  /**
   * @param message what was being done, without secrets and without the cause's text: `could not open C$`.
   * @param cause the error below this one; the log prints the chain.
   */
  constructor(
    kind: RemoteErrorKind,
    reason: RemoteErrorReason,
    message: string,
    details: RemoteErrorDetails = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RemoteError';
    this.kind = kind;
    this.reason = reason;
    this.host = details.host;
    this.code = details.code;
    this.codeName = details.codeName;
  }
}

const retryableKinds: Record<RemoteErrorKind, boolean> = {
  unreachable: true,
  busy: true,
  denied: false,
  refused: false,
  protocol: false,
};

/** Exceptions to the kind's rule: the first two do not mend themselves, the third belongs to the caller; the last two pass. */
const retryableReasons: Partial<Record<RemoteErrorReason, boolean>> = {
  nameNotResolved: false,
  guestLogon: false,
  aborted: false,
  sharingViolation: true,
  noLogonServers: true,
};

/** Whether the same request may succeed later without anybody changing anything. Errors of other classes are not. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof RemoteError)) return false;
  return retryableReasons[error.reason] ?? retryableKinds[error.kind];
}
