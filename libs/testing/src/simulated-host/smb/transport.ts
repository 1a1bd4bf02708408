/**
 * Frames on a socket, [MS-SMB2] 2.1 (direct TCP): four bytes of length before each message. The faults that work on
 * bytes live here: a delay before each reply, and a cut at a given byte of either direction.
 */
import type { Socket } from 'node:net';
import type { HostFaults } from '../faults';

export interface TransportEvents {
  frame(frame: Buffer): void;
  closed(): void;
}

export class Transport {
  bytesReceived = 0;
  bytesSent = 0;
  private chunks: Buffer[] = [];
  private pendingBytes = 0;
  private isDone = false;
  private isCut = false;

  constructor(
    private readonly socket: Socket,
    private readonly faults: HostFaults,
    private readonly events: TransportEvents,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
  }

  send(message: Buffer): void {
    const frame = Buffer.allocUnsafe(message.length + 4);
    frame.writeUInt32BE(message.length, 0);
    message.copy(frame, 4);
    const { replyDelayMs } = this.faults.current;
    if (replyDelayMs > 0) setTimeout(() => this.write(frame), replyDelayMs);
    else this.write(frame);
  }

  /** Drops the connection without another byte. */
  destroy(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.socket.destroy();
    this.events.closed();
  }

  private write(bytes: Buffer): void {
    if (this.isDone || this.isCut) return;
    const room = this.faults.bytesUntilCut('fromHost', this.bytesSent);
    this.bytesSent += Math.min(room, bytes.length);
    if (room > bytes.length) {
      this.gather();
      this.socket.write(bytes);
      return;
    }
    this.faults.countCut();
    // The socket closes only after these bytes have left; nothing may follow them.
    this.isCut = true;
    this.socket.write(bytes.subarray(0, room), () => this.destroy());
  }

  /** Answers of one turn of the event loop leave together: an interim response and its final one are one packet. */
  private gather(): void {
    if (this.socket.writableCorked > 0) return;
    this.socket.cork();
    process.nextTick(() => this.socket.uncork());
  }

  private received(chunk: Buffer): void {
    if (this.isDone) return;
    const room = this.faults.bytesUntilCut('toHost', this.bytesReceived);
    const kept = chunk.subarray(0, room);
    this.bytesReceived += kept.length;
    this.chunks.push(kept);
    this.pendingBytes += kept.length;
    this.takeFrames();
    if (room > chunk.length) return;
    this.faults.countCut();
    this.destroy();
  }

  private takeFrames(): void {
    while (this.pendingBytes >= 4 && !this.isDone) {
      const first = this.joined(4);
      const length = first.readUInt32BE(0);
      if (length > frameMaxBytes) {
        this.destroy();
        return;
      }
      if (this.pendingBytes < length + 4) return;
      const whole = this.joined(length + 4);
      const frame = whole.subarray(4, length + 4);
      this.chunks = [whole.subarray(length + 4)];
      this.pendingBytes -= length + 4;
      this.events.frame(frame);
    }
  }

  /** The pending bytes as one buffer that holds at least so many; joins only when the first chunk is too short. */
  private joined(bytes: number): Buffer {
    if ((this.chunks[0]?.length ?? 0) < bytes) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] as Buffer;
  }
}

/** Above the largest write that NEGOTIATE offers, with room for headers and compounds. */
const frameMaxBytes = 4 * 1024 * 1024;
