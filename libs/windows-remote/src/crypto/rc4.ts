/** RC4 with a state that runs on from message to message, as NTLM's sealing handles do, [MS-NLMP] 3.4. */
export class Rc4 {
  private readonly state = new Uint8Array(256);
  private i = 0;
  private j = 0;

  constructor(key: Buffer) {
    const state = this.state;
    for (let i = 0; i < 256; i++) state[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      const value = state[i]!;
      j = (j + value + key[i % key.length]!) & 0xff;
      state[i] = state[j]!;
      state[j] = value;
    }
  }

  /** Encrypts or decrypts, which are the same, into a buffer of its own. */
  apply(data: Buffer): Buffer {
    const result = Buffer.allocUnsafe(data.length);
    this.applyTo(data, result, 0, data.length);
    return result;
  }

  /** Reads `source[start, end)` and writes the same range of `target`; both may be one buffer. */
  applyTo(source: Buffer, target: Buffer, start: number, end: number): void {
    const state = this.state;
    let { i, j } = this;
    for (let at = start; at < end; at++) {
      i = (i + 1) & 0xff;
      const a = state[i]!;
      j = (j + a) & 0xff;
      const b = state[j]!;
      state[i] = b;
      state[j] = a;
      target[at] = source[at]! ^ state[(a + b) & 0xff]!;
    }
    this.i = i;
    this.j = j;
  }
}
