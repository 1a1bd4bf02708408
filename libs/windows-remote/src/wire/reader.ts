import { WireError } from './wire-error';

/**
 * A bounded cursor over received bytes; every read checks the bound first. `origin` is where a structure's offsets
 * count from (the SMB 2 header, the NTLM message): it stays behind when the cursor moves.
 */
export class Reader {
  position: number;
  readonly end: number;
  readonly origin: number;

  constructor(
    readonly buffer: Buffer,
    position = 0,
    end = buffer.length,
    origin = position,
  ) {
    if (position < 0 || end > buffer.length || position > end)
      throw new WireError('range outside the buffer', position);
    this.position = position;
    this.end = end;
    this.origin = origin;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Reserves the next `size` bytes and returns where they begin. */
  take(size: number): number {
    const start = this.position;
    if (size < 0 || size > this.end - start)
      throw new WireError(`${size} bytes wanted, ${this.end - start} left`, start);
    this.position = start + size;
    return start;
  }

  /** A view, not a copy, of the next `size` bytes. */
  bytes(size: number): Buffer {
    const start = this.take(size);
    return this.buffer.subarray(start, start + size);
  }

  /** A reader for a part of this one's range, with positions in the same buffer. */
  part(start: number, size: number, origin = this.origin): Reader {
    if (start < 0 || size < 0 || start + size > this.end)
      throw new WireError(`${size} bytes pointed at outside the message`, start);
    return new Reader(this.buffer, start, start + size, origin);
  }

  /** Skips to a multiple of `alignment` from the origin. */
  align(alignment: number): void {
    const over = (this.position - this.origin) % alignment;
    if (over !== 0) this.take(alignment - over);
  }
}
