import { RemoteError } from '../status/remote-error';

/** A frame before anything is negotiated: a NEGOTIATE or SESSION_SETUP answer is far smaller. */
const maxFrameBytesAtFirst = 0x1_0000;

/** Cuts a TCP stream into frames, [MS-SMB2] 2.1, and refuses what cannot be one before buffering it. */
export class FrameAssembler {
  maxFrameBytes = maxFrameBytesAtFirst;
  private chunks: Buffer[] = [];
  private bufferedBytes = 0;
  private isFirst = true;

  constructor(private readonly onFrame: (frame: Buffer) => void) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bufferedBytes += chunk.length;
    while (this.bufferedBytes >= 4) {
      const sizeBytes = this.frameBytes();
      if (this.bufferedBytes < 4 + sizeBytes) return;
      const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.bufferedBytes);
      const rest = all.subarray(4 + sizeBytes);
      this.chunks = rest.length === 0 ? [] : [rest];
      this.bufferedBytes = rest.length;
      this.isFirst = false;
      this.onFrame(all.subarray(4, 4 + sizeBytes));
    }
  }

  private frameBytes(): number {
    const first = this.chunks[0]!;
    const head = first.length >= 4 ? first : Buffer.concat(this.chunks, this.bufferedBytes);
    if (first !== head) this.chunks = [head];
    const sizeBytes = head.readUIntBE(1, 3);
    const isPlausible = head[0] === 0 && sizeBytes >= 4;
    if (this.isFirst && !(isPlausible && sizeBytes <= this.maxFrameBytes)) throw notSmb(head);
    if (!isPlausible) throw new RemoteError('protocol', 'malformed', 'a frame without a valid length');
    if (sizeBytes > this.maxFrameBytes) {
      throw new RemoteError(
        'protocol',
        'limitExceeded',
        `a frame of ${sizeBytes} bytes where ${this.maxFrameBytes} are the limit`,
      );
    }
    return sizeBytes;
  }
}

/** The first bytes of well-known servers that somebody else put on the port. */
function notSmb(head: Buffer): RemoteError {
  const text = head.subarray(0, 4).toString('latin1');
  const known = {
    'SSH-': 'an SSH server',
    HTTP: 'a web server',
    '220 ': 'a mail or FTP server',
    '220-': 'a mail or FTP server',
  };
  const what = known[text as keyof typeof known] ?? 'something that does not speak SMB';
  return new RemoteError('protocol', 'notWindows', `${what} answers on this port`);
}
