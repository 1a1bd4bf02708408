/**
 * One follower's view of a deployment, as server-sent events: a snapshot, then every change in the order of the stream,
 * then a last snapshot and `finished`. The stream may lose events (ARCHITECTURE.md "Postgres is the truth"), so each
 * heartbeat asks the ledger as well, and a follower always ends with what the ledger says.
 */
import { Problem, type Deployment, type Target } from '@drover/contracts';

export const heartbeatMs = 15_000;
/** After the deployment has finished, output that is still on its way is waited for until it is quiet this long. */
const quietMs = 400;
/** But never longer than this. */
const lastOutputMs = 30_000;
/** What a follower has not read yet; one that falls behind further is cut off and resumes by its last event id. */
export const unsentBytesMax = 8 * 1024 * 1024;
/** Events held back while the first snapshot is read. */
const heldEventsMax = 20_000;

export interface DeploymentEvent {
  name: 'target' | 'step' | 'deployment';
  payload: { deploymentId: string };
  sequence: number;
}

export interface Snapshot {
  deployment: Deployment;
  targets: Target[];
  /** False when the deployment has more targets than a snapshot shows. */
  isComplete: boolean;
}

export interface FollowPorts {
  /** @throws Problem 'notFound' */
  snapshot(deploymentId: string): Promise<Snapshot>;
  deployment(deploymentId: string): Promise<Deployment>;
  /** Calls `onEvent` for every event after the sequence, or from this moment on. */
  subscribe(
    deploymentId: string,
    startAfter: number | undefined,
    onEvent: (event: DeploymentEvent) => void,
  ): Promise<() => Promise<void>>;
  isSignedIn(): Promise<boolean>;
}

/** The connection to the follower. */
export interface Follower {
  write(text: string): void;
  unsentBytes(): number;
  /** Ends after what was written has been sent. */
  end(): void;
  /** Ends at once; what was not sent is lost. */
  cut(): void;
  /** Aborted when the follower has gone or the gateway stops. */
  gone: AbortSignal;
}

/** Follows until the deployment has finished or the follower has gone. @throws Problem before anything is written. */
export async function followDeployment(
  ports: FollowPorts,
  follower: Follower,
  request: { deploymentId: string; lastEventId: number | undefined },
): Promise<void> {
  const { deploymentId, lastEventId } = request;
  const view = new View(ports, follower, deploymentId);
  const unsubscribe = await ports.subscribe(deploymentId, lastEventId, (event) => view.take(event));
  try {
    await view.begin();
    await view.untilFinished();
  } finally {
    await unsubscribe();
  }
}

class View {
  private held: DeploymentEvent[] | undefined = [];
  private isFinished = false;
  private hasEnded = false;
  private lastEventAt = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly ports: FollowPorts,
    private readonly follower: Follower,
    private readonly deploymentId: string,
  ) {}

  take(event: DeploymentEvent): void {
    if (this.held) {
      this.held.push(event);
      if (this.held.length > heldEventsMax) this.held.shift();
    } else this.send(event);
  }

  /** The subscription runs already, so nothing between the snapshot and the first event is missed. */
  async begin(): Promise<void> {
    const snapshot = await this.ports.snapshot(this.deploymentId);
    this.write('snapshot', snapshot);
    const held = this.held ?? [];
    this.held = undefined;
    for (const event of held) this.send(event);
    this.isFinished ||= snapshot.deployment.state === 'finished';
    // Events from before, when they were asked for, are on their way: the quiet is counted from here.
    this.lastEventAt = Date.now();
  }

  async untilFinished(): Promise<void> {
    while (!this.isFinished && !this.isOver())
      if (!(await this.wokenWithin(heartbeatMs))) await this.heartbeat();
    await this.untilQuiet();
    if (this.isOver()) return;
    this.write('snapshot', await this.ports.snapshot(this.deploymentId));
    this.write('finished', { deploymentId: this.deploymentId });
    this.end();
  }

  private async heartbeat(): Promise<void> {
    this.follower.write(': still here\n\n');
    if (!(await this.ports.isSignedIn())) {
      this.write('signedOut', { deploymentId: this.deploymentId });
      this.end();
      return;
    }
    try {
      const deployment = await this.ports.deployment(this.deploymentId);
      this.isFinished ||= deployment.state === 'finished';
    } catch (error) {
      // While the ledger restarts, the follower keeps its connection; the next heartbeat asks again.
      if (!(error instanceof Problem) || error.kind !== 'unavailable') throw error;
    }
  }

  private async untilQuiet(): Promise<void> {
    const deadline = Date.now() + lastOutputMs;
    while (Date.now() < deadline && !this.isOver()) {
      const quietFor = Date.now() - this.lastEventAt;
      if (quietFor >= quietMs) return;
      await this.wokenWithin(quietMs - quietFor);
    }
  }

  private send(event: DeploymentEvent): void {
    this.lastEventAt = Date.now();
    this.write(event.name, event.payload, event.sequence);
    if (event.name === 'deployment' && 'state' in event.payload && event.payload.state === 'finished') {
      this.isFinished = true;
      this.wake();
    }
  }

  private write(name: string, data: unknown, sequence?: number): void {
    if (this.isOver()) return;
    const id = sequence === undefined ? '' : `id: ${sequence}\n`;
    this.follower.write(`${id}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.follower.unsentBytes() <= unsentBytesMax) return;
    this.hasEnded = true;
    this.follower.cut();
    this.wake();
  }

  private end(): void {
    this.hasEnded = true;
    this.follower.end();
  }

  private isOver(): boolean {
    return this.hasEnded || this.follower.gone.aborted;
  }

  /** True when something happened before the time was over. */
  private wokenWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isWoken: boolean): void => {
        clearTimeout(timer);
        this.follower.gone.removeEventListener('abort', onGone);
        this.wake = () => undefined;
        resolve(isWoken);
      };
      const onGone = (): void => done(true);
      const timer = setTimeout(() => done(false), ms);
      this.wake = () => done(true);
      this.follower.gone.addEventListener('abort', onGone);
    });
  }
}
