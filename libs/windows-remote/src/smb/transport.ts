/**
 * Direct TCP transport, [MS-SMB2] 2.1: a 4-byte length before each frame. Frames that are sent in the same turn of the
 * event loop leave in one write, so requests started together cost one round trip; that is what a *flight* counts.
 */
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { RemoteError } from '../status/remote-error';
import { FrameAssembler } from './frame-assembler';
import { socketError } from './socket-error';

export interface TransportOptions {
  address: string;
  port: number;
  /** How the computer is called in errors. */
  host: string;
  connectTimeoutMs: number;
  signal?: AbortSignal | undefined;
  beforeFlight?: (() => void | Promise<void>) | undefined;
}

/** One round trip is a write after having waited for a reply; the TCP handshake is the first. */
export interface Traffic {
  flights: number;
  bytesSent: number;
  bytesReceived: number;
}

export interface TransportHandler {
  onFrame(frame: Buffer): void;
  /** `beforeFlight` has held what was queued for so long. */
  onReleased(heldMs: number): void;
  /** Called once, also after `destroy`. */
  onClosed(error: RemoteError): void;
}

/**
 * What every socket reads into, one after the other, so that a read does not cost a buffer of this size of its own:
 * libuv fills it and calls back in the same step.
 */
const readBuffer = Buffer.allocUnsafeSlow(0x1_0000);

/** Larger writes are handed to the kernel in pieces rather than copied together. */
const copiedWriteMaxBytes = 0x8000;

/** How long the last bytes may take after `end`. */
const lingerMaxMs = 5_000;

export class Transport {
  readonly traffic: Traffic = { flights: 1, bytesSent: 0, bytesReceived: 0 };
  private readonly assembler: FrameAssembler;
  private outgoing: Buffer[] = [];
  private isFlushing = false;
  /** True while `beforeFlight` has not let the next flight go. */
  isHeld = false;
  private hasHeardSinceWrite = true;
  private closedBy: RemoteError | undefined;
  private readonly onAbort: () => void;

  private constructor(
    private readonly socket: Socket,
    private readonly options: TransportOptions,
    private readonly handler: TransportHandler,
  ) {
    this.assembler = new FrameAssembler((frame) => handler.onFrame(frame));
    this.onAbort = () =>
      this.destroy(new RemoteError('unreachable', 'aborted', 'the caller gave up', { host: options.host }));
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    socket.on('error', (error) => this.destroy(socketError(error, options.host)));
    socket.on('close', () => this.destroy(connectionClosed(options.host)));
  }

  /** @throws RemoteError unreachable: noRoute, timeout (filtered), connectionRefused, nameNotResolved, aborted. */
  static connect(options: TransportOptions, handler: TransportHandler): Promise<Transport> {
    const { address, port, host, signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true)
        return reject(new RemoteError('unreachable', 'aborted', 'the caller gave up', { host }));
      let transport: Transport | undefined;
      const callback = (sizeBytes: number, buffer: Uint8Array): boolean => {
        // The buffer belongs to the next read, of whichever socket: what is in it is copied out.
        transport?.receive(Buffer.from(buffer.subarray(0, sizeBytes)));
        return true;
      };
      const socket = connectSocket({
        host: address,
        port,
        noDelay: true,
        onread: { buffer: readBuffer, callback },
      });
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        socket.removeListener('error', fail);
      };
      const give = (error: RemoteError): void => {
        settle();
        // A destroyed socket may still report; the error below is the one that counts.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      };
      const fail = (error: Error): void => give(socketError(error, host));
      const abort = (): void =>
        give(new RemoteError('unreachable', 'aborted', 'the caller gave up', { host }));
      const late = (): void =>
        give(
          new RemoteError('unreachable', 'timeout', `${host} does not answer on TCP port ${port}`, { host }),
        );
      const timer = setTimeout(late, options.connectTimeoutMs);
      signal?.addEventListener('abort', abort, { once: true });
      socket.once('error', fail);
      socket.once('connect', () => {
        settle();
        transport = new Transport(socket, options, handler);
        resolve(transport);
      });
    });
  }

  /** The largest frame accepted from the peer; set from what was negotiated. */
  set maxFrameBytes(value: number) {
    this.assembler.maxFrameBytes = value;
  }

  /** Queues one frame, given in pieces; it leaves with all others of this turn. */
  send(pieces: readonly Buffer[]): void {
    if (this.closedBy !== undefined) return;
    const prefix = Buffer.allocUnsafe(4);
    prefix.writeUInt32BE(pieces.reduce((sum, piece) => sum + piece.length, 0));
    this.outgoing.push(prefix, ...pieces);
    if (this.isFlushing) return;
    this.isFlushing = true;
    setImmediate(() => void this.flush());
  }

  destroy(error: RemoteError): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = error;
    this.outgoing = [];
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.socket.destroy();
    this.handler.onClosed(error);
  }

  /** Writes what is queued, then closes without waiting for the peer. */
  end(error: RemoteError): void {
    if (this.closedBy !== undefined) return;
    if (this.outgoing.length > 0) this.writeOut();
    this.closedBy = error;
    this.options.signal?.removeEventListener('abort', this.onAbort);
    // A peer that no longer reads must not keep the socket for as long as TCP would.
    this.socket.setTimeout(lingerMaxMs, () => this.socket.destroy());
    this.socket.destroySoon();
    this.handler.onClosed(error);
  }

  private async flush(): Promise<void> {
    if (this.hasHeardSinceWrite && this.options.beforeFlight !== undefined)
      await this.hold(this.options.beforeFlight);
    this.isFlushing = false;
    if (this.closedBy === undefined && this.outgoing.length > 0) this.writeOut();
  }

  private async hold(beforeFlight: () => void | Promise<void>): Promise<void> {
    const since = Date.now();
    this.isHeld = true;
    try {
      await beforeFlight();
      this.handler.onReleased(Date.now() - since);
    } catch (error) {
      const { host } = this.options;
      this.destroy(
        new RemoteError(
          'unreachable',
          'aborted',
          'the caller stopped before the next flight',
          { host },
          error,
        ),
      );
    }
    this.isHeld = false;
  }

  private writeOut(): void {
    if (this.hasHeardSinceWrite) this.traffic.flights++;
    this.hasHeardSinceWrite = false;
    const pieces = this.outgoing;
    this.outgoing = [];
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.traffic.bytesSent += sizeBytes;
    if (sizeBytes <= copiedWriteMaxBytes) {
      this.socket.write(Buffer.concat(pieces, sizeBytes));
      return;
    }
    this.socket.cork();
    for (const piece of pieces) this.socket.write(piece);
    this.socket.uncork();
  }

  private receive(chunk: Buffer): void {
    if (this.closedBy !== undefined) return;
    this.traffic.bytesReceived += chunk.length;
    this.hasHeardSinceWrite = true;
    try {
      this.assembler.push(chunk);
    } catch (error) {
      const { host } = this.options;
      const reason = new RemoteError('protocol', 'malformed', 'a reply could not be read', { host }, error);
      this.destroy(error instanceof RemoteError ? error : reason);
    }
  }
}

const connectionClosed = (host: string): RemoteError =>
  new RemoteError('unreachable', 'connectionLost', `${host} closed the connection`, { host });
