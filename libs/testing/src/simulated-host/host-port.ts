/**
 * The TCP port of one simulated computer. 'closed' refuses connections. 'filtered' lets them hang without an answer, as a
 * firewall that drops packets does: a thread listens with the shortest queue, fills that queue itself and never accepts, so
 * that the kernel ignores every further attempt.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export type PortState = 'open' | 'closed' | 'filtered';

export class HostPort {
  private server: Server | undefined;
  private filter: { worker: Worker; fillers: Socket[] } | undefined;
  private state: PortState = 'closed';
  private isShared = false;
  private change: Promise<void> = Promise.resolve();

  constructor(
    private readonly address: string,
    private ownPort: number,
    private readonly accept: (socket: Socket) => void,
  ) {}

  get port(): number {
    return this.ownPort;
  }

  /** Connections arrive through a fleet's common listener from here on; this opens and closes nothing. */
  share(port: number): void {
    this.isShared = true;
    this.ownPort = port;
  }

  /** Changes follow each other, each after the one before it is in force. */
  set(wanted: PortState): Promise<void> {
    this.change = this.change.then(() => this.apply(wanted));
    return this.change;
  }

  private async apply(wanted: PortState): Promise<void> {
    if (wanted === this.state || this.isShared) return;
    await this.shut();
    if (wanted === 'open') await this.open();
    if (wanted === 'filtered') await this.raiseFilter();
    this.state = wanted;
  }

  private async open(): Promise<void> {
    const server = createServer(this.accept);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.ownPort, this.address, backlog, resolve);
    });
    const bound = server.address();
    if (bound !== null && typeof bound === 'object') this.ownPort = bound.port;
    this.server = server;
  }

  private async shut(): Promise<void> {
    const { server, filter } = this;
    this.server = undefined;
    this.filter = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    for (const filler of filter?.fillers ?? []) filler.destroy();
    await filter?.worker.terminate();
  }

  private async raiseFilter(): Promise<void> {
    const worker = new Worker(blockedListener, {
      eval: true,
      workerData: { port: this.ownPort, address: this.address },
    });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    const fillers: Socket[] = [];
    for (let count = 0; count < queueFillers; count += 1) fillers.push(await this.fill());
    this.filter = { worker, fillers };
  }

  /** Takes a place in the blocked listener's queue; the last ones get no answer, which is the point. */
  private async fill(): Promise<Socket> {
    const socket = connect(this.ownPort, this.address);
    socket.on('error', () => socket.destroy());
    socket.unref();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, fillWaitMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return socket;
  }
}

const backlog = 511;
/** A queue of length 1 holds two connections; one more shows that it is full. */
const queueFillers = 3;
const fillWaitMs = 100;

/** Listens, says so, and never runs its event loop again. */
const blockedListener = `
const { workerData, parentPort } = require('node:worker_threads');
const server = require('node:net').createServer();
server.listen(workerData.port, workerData.address, 1, () => {
  parentPort.postMessage('listening');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;
