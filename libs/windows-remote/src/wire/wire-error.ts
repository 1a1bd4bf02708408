import { RemoteError } from '../status/remote-error';

/** Bytes that do not fit their declaration: a RemoteError protocol/malformed that knows where. */
export class WireError extends RemoteError {
  /** Byte offset in the buffer that was being decoded. */
  readonly offset: number;

  constructor(what: string, offset: number) {
    super('protocol', 'malformed', `${what} at byte ${offset}`);
    this.name = 'WireError';
    this.offset = offset;
  }
}
