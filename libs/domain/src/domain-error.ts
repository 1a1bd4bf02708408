/**
 * `invalid`: the caller's value breaks a rule. `tooLarge`: a limit is exceeded. `damaged`: bytes from outside do not
 * follow their format. None is worth a retry with the same input.
 */
export type DomainErrorKind = 'invalid' | 'tooLarge' | 'damaged';

/** The one error class of this library; callers switch on `kind`. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly kind: DomainErrorKind,
    message: string,
  ) {
    super(message);
  }
}
