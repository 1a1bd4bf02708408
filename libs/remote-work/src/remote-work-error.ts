/** `stopped`: the work must not go on here, because the job belongs to somebody else or the process is ending. */
export type RemoteWorkErrorKind = 'stopped';

/** The one error class of this library. */
export class RemoteWorkError extends Error {
  override readonly name = 'RemoteWorkError';

  constructor(
    readonly kind: RemoteWorkErrorKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
