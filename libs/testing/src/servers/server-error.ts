/** Why an embedded server could not be brought up; the message tells an operator what to do. */
export class ServerError extends Error {
  constructor(
    readonly kind: 'notFound' | 'notStarted' | 'notReady' | 'folder',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'ServerError';
  }
}
