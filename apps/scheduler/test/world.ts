/** A ledger with everything around it in memory: inventory, catalogue, queues, a clock that only tests move. */
import { randomUUID } from 'node:crypto';
import {
  Problem,
  jobId,
  packageContent,
  type Asset,
  type DeploymentOptions,
  type Message,
  type PackageVersion,
  type Payload,
} from '@drover/contracts';
import { createDeployment } from '../src/deployment/create-deployment';
import type { Ledger, Ports, TargetJob, WorkerOwner } from '../src/ports';
import { releaseJobs } from '../src/release/release-jobs';
import { fireDueTimers } from '../src/timers/fire-due-timers';
import type { OutboxEntry } from './fake-ledger';

export class World {
  readonly ports: Ports;
  readonly events: { message: Message; id: string; payload: Payload<Message> }[] = [];
  readonly jobs = new Map<string, { owner: WorkerOwner; job: TargetJob }>();
  readonly assets = new Map<string, Asset>();
  threads = 0;
  packageState = { isArchived: false, isEnabled: true };
  content = packageContent.parse({
    name: 'Say hello',
    steps: [{ id: 'a', name: 'Hello', type: 'command', command: 'echo hello' }],
  });
  private time = Date.parse('2026-11-21T00:00:00.000Z');

  constructor(
    readonly ledger: Ledger,
    private readonly takeOutbox: () => Promise<OutboxEntry[]>,
  ) {
    this.ports = {
      ledger,
      catalog: { version: async (id, version = 1) => this.packageVersion(id, version) },
      inventory: {
        resolve: async (ids) => ({
          assets: ids.flatMap((id) => this.assets.get(id) ?? []),
          unknown: ids.filter((id) => !this.assets.has(id)),
        }),
        asset: async (id) => this.assets.get(id),
        credentialFor: async () => null,
      },
      jobs: {
        add: async (owner, job) => void this.addJob(owner, job),
        exists: async (owner, id) => this.jobs.has(`${owner} ${id}`),
        setThreads: async (threads) => {
          this.threads = threads;
        },
      },
      traces: {
        start: () => ({ traceId: randomUUID().replaceAll('-', ''), traceparent: '00-1-1-01' }),
        within: (_name, _parent, _attributes, work) => work(),
      },
      counters: { staleFacts: 0 },
      deadLetters: async () => 0,
      now: () => new Date(this.time),
      uuid: randomUUID,
      wake: () => undefined,
    };
  }

  advance(ms: number): void {
    this.time += ms;
  }

  addAssets(count: number): Asset[] {
    const first = this.assets.size;
    const added = Array.from({ length: count }, (_, index): Asset => ({
      id: randomUUID(),
      name: `pc-${String(first + index).padStart(5, '0')}`,
      domain: null,
      address: null,
      port: 445,
      createdAt: '2026-11-21T00:00:00.000Z',
    }));
    for (const asset of added) this.assets.set(asset.id, asset);
    return added;
  }

  /** A deployment of the one package to `assets`. */
  deploy(assets: Asset[], more: { options?: DeploymentOptions; requestKey?: string } = {}) {
    return createDeployment(this.ports, {
      actor: 'tester',
      packageId: '11111111-1111-4111-8111-111111111111',
      assetIds: assets.map((asset) => asset.id),
      variables: {},
      options: { offline: { retryForSeconds: 3600 } },
      ...more,
    });
  }

  /** Everything the ledger does by itself at this instant, until nothing more follows. */
  async settle(): Promise<void> {
    for (let moved = 1; moved > 0;) {
      moved = (await fireDueTimers(this.ports)).moved + (await releaseJobs(this.ports));
      await this.relay();
    }
  }

  /** What the outbox relay does. */
  async relay(): Promise<void> {
    for (const entry of await this.takeOutbox())
      if (entry.kind === 'job') this.addJob(entry.owner, entry.job);
      else this.events.push(entry);
  }

  /** The next job of a queue; the worker that takes it has finished with it. */
  take(owner: WorkerOwner): TargetJob | undefined {
    for (const [key, entry] of this.jobs)
      if (entry.owner === owner) {
        this.jobs.delete(key);
        return entry.job;
      }
    return undefined;
  }

  /** The target of a deployment to one computer. */
  async only(deploymentId: string) {
    const { targets } = await this.ledger.targets({
      deploymentId,
      status: undefined,
      limit: 1,
      after: undefined,
    });
    if (!targets[0]) throw new Error('the deployment has no target');
    return targets[0];
  }

  private addJob(owner: WorkerOwner, job: TargetJob): void {
    this.jobs.set(`${owner} ${jobId(job)}`, { owner, job });
  }

  private packageVersion(id: string, version: number): Awaited<ReturnType<Ports['catalog']['version']>> {
    if (version > 1) throw new Problem('notFound', 'No such version', `There is no version ${version}.`);
    const at = '2026-11-21T00:00:00.000Z';
    const saved: PackageVersion = {
      packageId: id,
      version,
      content: this.content,
      createdAt: at,
      createdBy: 'tester',
    };
    return {
      package: {
        id,
        name: this.content.name,
        description: '',
        latestVersion: 1,
        steps: 1,
        labels: [],
        updatedAt: at,
        ...this.packageState,
      },
      version: saved,
    };
  }
}
