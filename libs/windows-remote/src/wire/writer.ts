/** A growing buffer with the same idea of an `origin` as Reader. */
export class Writer {
  buffer: Buffer;
  position = 0;
  origin = 0;

  constructor(initialBytes = 512) {
    this.buffer = Buffer.allocUnsafe(initialBytes);
  }

  /** Makes room for `size` bytes and returns where they begin; their content is whatever was there. */
  take(size: number): number {
    const start = this.position;
    const end = start + size;
    if (end > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, end));
      this.buffer.copy(larger, 0, 0, start);
      this.buffer = larger;
    }
    this.position = end;
    return start;
  }

  bytes(data: Buffer): void {
    const start = this.take(data.length);
    data.copy(this.buffer, start);
  }

  zeros(size: number): void {
    const start = this.take(size);
    this.buffer.fill(0, start, start + size);
  }

  /** Pads with zeros to a multiple of `alignment` from the origin. */
  align(alignment: number): void {
    const over = (this.position - this.origin) % alignment;
    if (over !== 0) this.zeros(alignment - over);
  }

  /** The bytes written so far; a view that later growth leaves behind. */
  done(): Buffer {
    return this.buffer.subarray(0, this.position);
  }
}
