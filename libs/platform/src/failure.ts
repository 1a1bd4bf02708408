/** Why the rim could not do something; callers switch on the kind, never on the text. */
export type PlatformErrorKind =
  /** A setting is missing or wrong. */
  | 'configuration'
  /** A server (Postgres, Redis, NATS) does not answer. */
  | 'unavailable'
  /** The service is shutting down. */
  | 'closing'
  /** A declaration and its use disagree, such as two handlers for one question. */
  | 'declaration'
  /** A sealed text cannot be opened or belongs to another account. */
  | 'secret';

/** The one error class of libs/platform. */
export class PlatformError extends Error {
  constructor(
    readonly kind: PlatformErrorKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'PlatformError';
  }
}
