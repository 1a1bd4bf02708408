/**
 * RPC over TCP, [MS-RPCE] 2.1.1.1: PDUs one after the other, without any framing of their own. It behaves like a pipe, so
 * that RpcClient knows no difference; what is written in one turn leaves together.
 */
import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { socketError } from '../smb/socket-error';
import type { Traffic } from '../smb/transport';
import { RemoteError } from '../status/remote-error';
import type { RpcChannel } from './channel';

/** What may wait unread before the peer is held back. */
const waitingBytesMax = 262_144;

export interface TcpChannelOptions {
  address: string;
  port: number;
  /** How the computer is called in errors. */
  host: string;
  connectTimeoutMs: number;
  /** From a request that is written to the whole of its answer. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
  /** Called before each batch is written; a rejection closes the connection before anything is sent. */
  beforeFlight?: (() => void | Promise<void>) | undefined;
  traffic: Traffic;
}

interface Waiter {
  resolve(): void;
  reject(error: RemoteError): void;
}

export class TcpChannel implements RpcChannel {
  private incoming: Buffer = Buffer.alloc(0);
  private outgoing: Buffer[] = [];
  private flushing: Promise<void> | undefined;
  private waiter: Waiter | undefined;
  private closedBy: RemoteError | undefined;
  private expiresAt = Number.POSITIVE_INFINITY;
  private hasHeardSinceWrite = true;

  private constructor(
    private readonly socket: Socket,
    private readonly options: TcpChannelOptions,
  ) {
    const { host, signal } = options;
    const abort = (): void =>
      this.fail(new RemoteError('unreachable', 'aborted', 'the caller gave up', { host }));
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('data', (data) => this.receive(data));
    socket.on('error', (error) => this.fail(socketError(error, host)));
    socket.on('close', () => {
      signal?.removeEventListener('abort', abort);
      this.fail(new RemoteError('unreachable', 'connectionLost', `${host} closed the connection`, { host }));
    });
  }

  /** @throws RemoteError unreachable: noRoute, timeout (filtered), connectionRefused, aborted. */
  static connect(options: TcpChannelOptions): Promise<TcpChannel> {
    const { address, port, host, connectTimeoutMs, signal, traffic } = options;
    return new Promise((resolve, reject) => {
      const socket = connectSocket({ host: address, port, noDelay: true });
      const give = (error: RemoteError): void => {
        settle();
        // A destroyed socket may still report; the error given is the one that counts.
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      };
      const refuse = (reason: 'timeout' | 'aborted', text: string) => () =>
        give(new RemoteError('unreachable', reason, text, { host }));
      const late = refuse('timeout', `${host} does not answer on TCP port ${port}`);
      const abort = refuse('aborted', 'the caller gave up');
      const failed = (error: Error): void => give(socketError(error, host));
      const timer = setTimeout(late, connectTimeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        socket.removeListener('error', failed);
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      socket.once('error', failed);
      socket.once('connect', () => {
        settle();
        traffic.flights += 1;
        resolve(new TcpChannel(socket, options));
      });
    });
  }

  async transact(data: Buffer): Promise<Buffer> {
    await this.send(data);
    this.expiresAt = performance.now() + this.options.deadlineMs;
    return this.read(waitingBytesMax);
  }

  write(data: Buffer): Promise<void> {
    return this.send(data);
  }

  /** What has arrived, up to `maxBytes`; waits for the first byte. */
  async read(maxBytes: number): Promise<Buffer> {
    while (this.incoming.length === 0) await this.arrival();
    const data = this.incoming.subarray(0, maxBytes);
    this.incoming = this.incoming.subarray(data.length);
    this.socket.resume();
    return data;
  }

  async close(): Promise<void> {
    const { host } = this.options;
    this.fail(new RemoteError('unreachable', 'aborted', 'the connection has been closed', { host }));
    this.socket.destroy();
  }

  abandon(farewell: Buffer): void {
    if (!this.socket.writable) return;
    this.options.traffic.bytesSent += farewell.length;
    this.socket.end(farewell);
    this.socket.destroySoon();
  }

  private send(data: Buffer): Promise<void> {
    this.outgoing.push(data);
    this.flushing ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.flush())
      .finally(() => {
        this.flushing = undefined;
      });
    return this.flushing;
  }

  private async flush(): Promise<void> {
    const { beforeFlight, traffic, host } = this.options;
    try {
      if (this.hasHeardSinceWrite) await beforeFlight?.();
    } catch (error) {
      const doing = 'the caller stopped before the next flight';
      this.fail(new RemoteError('unreachable', 'aborted', doing, { host }, error));
    }
    if (this.closedBy !== undefined) throw this.closedBy;
    if (this.hasHeardSinceWrite) traffic.flights += 1;
    this.hasHeardSinceWrite = false;
    const data = Buffer.concat(this.outgoing.splice(0));
    traffic.bytesSent += data.length;
    this.socket.write(data);
  }

  private arrival(): Promise<void> {
    if (this.closedBy !== undefined) return Promise.reject(this.closedBy);
    const { host, deadlineMs } = this.options;
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.waiter = undefined;
        reject(
          new RemoteError('unreachable', 'deadline', `${host} did not answer within ${deadlineMs} ms`, {
            host,
          }),
        );
      };
      const leftMs = Math.min(this.expiresAt - performance.now(), deadlineMs);
      const timer = setTimeout(late, Math.max(leftMs, 0));
      this.waiter = {
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  private receive(data: Buffer): void {
    this.hasHeardSinceWrite = true;
    this.options.traffic.bytesReceived += data.length;
    this.incoming = this.incoming.length === 0 ? data : Buffer.concat([this.incoming, data]);
    if (this.incoming.length > waitingBytesMax) this.socket.pause();
    this.takeWaiter()?.resolve();
  }

  /** The first reason is the one that every later call is told. Given up by the caller, the socket lives for a farewell. */
  private fail(error: RemoteError): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = error;
    const waiter = this.takeWaiter();
    waiter?.reject(error);
    if (waiter === undefined || error.reason !== 'aborted') this.socket.destroy();
  }

  private takeWaiter(): Waiter | undefined {
    const { waiter } = this;
    this.waiter = undefined;
    return waiter;
  }
}
