import { Problem, type Deployment } from '@drover/contracts';
import {
  followDeployment,
  heartbeatMs,
  unsentBytesMax,
  type DeploymentEvent,
  type Snapshot,
} from './follow-deployment';

const deploymentId = '018f0000-0000-7000-8000-00000000000a';

/** A ledger and a follower in memory; `written` is what the follower has received. */
class Scene {
  written = '';
  unread = 0;
  isSignedIn = true;
  isLedgerAway = false;
  unsubscribed = 0;
  state: Deployment['state'] = 'active';
  onEvent: (event: DeploymentEvent) => void = () => undefined;
  readonly gone = new AbortController();
  private isSnapshotHeld = false;
  private releaseSnapshot: () => void = () => undefined;

  start(): Promise<void> {
    return followDeployment(this.ports(), this.follower(), { deploymentId, lastEventId: undefined });
  }

  holdSnapshot(): () => void {
    this.isSnapshotHeld = true;
    return () => this.releaseSnapshot();
  }

  event(sequence: number, name: DeploymentEvent['name'] = 'target', more: object = {}): void {
    this.onEvent({ name, payload: { deploymentId, ...more }, sequence });
  }

  names(): string[] {
    return [...this.written.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name ?? '');
  }

  private deployment(): Deployment {
    if (this.isLedgerAway) throw new Problem('unavailable', 'Away', 'nobody answers');
    return { id: deploymentId, state: this.state, targets: 0 } as Deployment;
  }

  private ports(): Parameters<typeof followDeployment>[0] {
    return {
      deployment: async () => this.deployment(),
      isSignedIn: async () => this.isSignedIn,
      snapshot: async (): Promise<Snapshot> => {
        if (this.isSnapshotHeld) await new Promise<void>((resolve) => (this.releaseSnapshot = resolve));
        this.isSnapshotHeld = false;
        return { deployment: this.deployment(), targets: [], isComplete: true };
      },
      subscribe: async (_id, _after, onEvent) => {
        this.onEvent = onEvent;
        return async () => void (this.unsubscribed += 1);
      },
    };
  }

  private follower(): Parameters<typeof followDeployment>[1] {
    return {
      write: (text) => void (this.written += text),
      unsentBytes: () => this.unread,
      end: () => undefined,
      cut: () => this.gone.abort(),
      gone: this.gone.signal,
    };
  }
}

describe('followDeployment', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const settle = (ms = 0): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  it('sends what happened while the snapshot was read after the snapshot', async () => {
    const scene = new Scene();
    const release = scene.holdSnapshot();
    const done = scene.start();
    await settle();
    scene.event(1);
    scene.event(2);
    expect(scene.written).toBe('');
    release();
    await settle();
    expect(scene.names()).toEqual(['snapshot', 'target', 'target']);
    expect(scene.written).toContain('id: 2\n');
    scene.gone.abort();
    await done;
    expect(scene.unsubscribed).toBe(1);
  });

  it('waits for output that is still on its way before it says finished', async () => {
    const scene = new Scene();
    const done = scene.start();
    await settle();
    scene.event(1, 'deployment', { state: 'finished' });
    scene.state = 'finished';
    await settle(200);
    scene.event(2, 'step');
    await settle(300);
    expect(scene.names()).toEqual(['snapshot', 'deployment', 'step']);
    await settle(200);
    await done;
    expect(scene.names().slice(3)).toEqual(['snapshot', 'finished']);
  });

  it('gives a sign of life, and ends by the books when the bus has lost the news', async () => {
    const scene = new Scene();
    const done = scene.start();
    await settle(heartbeatMs);
    expect(scene.written).toContain(': still here');
    scene.state = 'finished';
    await settle(heartbeatMs + 1000);
    await done;
    expect(scene.names()).toEqual(['snapshot', 'snapshot', 'finished']);
  });

  it('keeps the follower while the ledger restarts', async () => {
    const scene = new Scene();
    const done = scene.start();
    await settle();
    scene.isLedgerAway = true;
    await settle(2 * heartbeatMs);
    scene.isLedgerAway = false;
    scene.state = 'finished';
    await settle(heartbeatMs + 1000);
    await done;
    expect(scene.names()).toContain('finished');
  });

  it('ends when the session of the follower has ended', async () => {
    const scene = new Scene();
    const done = scene.start();
    scene.isSignedIn = false;
    await settle(heartbeatMs);
    await done;
    expect(scene.names()).toEqual(['snapshot', 'signedOut']);
  });

  it('cuts off a follower that does not read', async () => {
    const scene = new Scene();
    const done = scene.start();
    await settle();
    scene.unread = unsentBytesMax + 1;
    scene.event(1);
    await settle();
    await done;
    expect(scene.gone.signal.aborted).toBe(true);
    expect(scene.unsubscribed).toBe(1);
  });
});
