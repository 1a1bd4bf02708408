/**
 * The ledger in memory, for unit tests: transactions one after another, undone when they throw. It obeys the contract
 * of `Ledger`; behaviours.ts runs against it and against Postgres.
 */
import type { Asset, Deployment, Message, Payload, Settings, Target } from '@drover/contracts';
import { isFinal } from '@drover/domain';
import type { DeploymentState, NewDeployment } from '../src/deployment/deployment';
import {
  AssetHeld,
  type AuditRow,
  type Ledger,
  type LedgerTransaction,
  type OutboxEvent,
  type TargetJob,
  type WorkerOwner,
} from '../src/ports';
import { defaultSettings } from '../src/settings/change-settings';
import { outputText, type ProgressRecord, type RunState } from '../src/target/apply-record';
import {
  cancellableStatuses,
  isHolding,
  runningStatuses,
  type Arrow,
  type TargetState,
} from '../src/target/target';

export type OutboxEntry =
  | { kind: 'event'; message: Message; id: string; payload: Payload<Message> }
  | { kind: 'job'; owner: WorkerOwner; job: TargetJob };

interface State {
  deployments: Map<string, NewDeployment & { state: DeploymentState; open: number; finishedAt: Date | null }>;
  targets: Map<string, TargetState>;
  assets: Map<string, Asset>;
  history: Map<string, Arrow[]>;
  runs: Map<string, RunState>;
  early: Map<string, ProgressRecord>;
  inbox: Set<string>;
  settings: Settings;
  audit: AuditRow[];
  outbox: OutboxEntry[];
}

export class FakeLedger implements Ledger {
  private state: State = {
    deployments: new Map(),
    targets: new Map(),
    assets: new Map(),
    history: new Map(),
    runs: new Map(),
    early: new Map(),
    inbox: new Set(),
    settings: { ...defaultSettings },
    audit: [],
    outbox: [],
  };
  private tail: Promise<unknown> = Promise.resolve();

  /** What has been committed since the last call. */
  takeOutbox(): OutboxEntry[] {
    return this.state.outbox.splice(0);
  }

  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    const run = this.tail.then(async () => {
      const before = copy(this.state);
      try {
        return await work(this.inside());
      } catch (error) {
        this.state = before;
        throw error;
      }
    });
    this.tail = Promise.allSettled([run]);
    return run;
  }

  async requestFingerprint(key: string) {
    const found = [...this.state.deployments.values()].find((d) => d.requestKey === key);
    return found && { id: found.id, fingerprint: found.fingerprint };
  }

  async deployment(id: string): Promise<Deployment | undefined> {
    const found = this.state.deployments.get(id);
    return (
      found && {
        id,
        packageId: found.packageId,
        packageName: found.packageName,
        packageVersion: found.packageVersion,
        runMode: 'system',
        state: found.state,
        options: found.options,
        createdAt: found.createdAt.toISOString(),
        createdBy: found.createdBy,
        finishedAt: found.finishedAt?.toISOString() ?? null,
        counts: this.counts(id),
        targets: found.targets,
      }
    );
  }

  async deployments(limit: number) {
    const all = await Promise.all([...this.state.deployments.keys()].map((id) => this.deployment(id)));
    return all.filter((d) => d !== undefined).slice(0, limit);
  }

  async targets(q: { deploymentId: string; status: string | undefined; limit: number }) {
    const all = this.all().filter(
      (t) => t.deploymentId === q.deploymentId && (q.status === undefined || t.status === q.status),
    );
    const shownTargets = all.sort((a, b) => (a.assetName < b.assetName ? -1 : 1)).slice(0, q.limit);
    return { targets: shownTargets.map(shown), total: all.length };
  }

  async targetDetail(id: string) {
    const found = this.state.targets.get(id);
    if (!found) return undefined;
    const history = (this.state.history.get(id) ?? []).map((line) => ({
      ...line,
      at: line.at.toISOString(),
    }));
    const steps = [...this.state.runs].filter(([key]) => key.startsWith(`${id}/`));
    return {
      ...shown(found),
      history,
      verdicts: found.verdicts,
      steps: steps.map(([key, state]) => ({
        ...state,
        attempt: Number(key.split('/')[1]),
        startedAt: state.startedAt.toISOString(),
        endedAt: state.endedAt?.toISOString() ?? null,
        output: outputText(state.output),
      })),
    };
  }

  async assignmentFacts(id: string) {
    const target = this.state.targets.get(id);
    const deployment = target && this.state.deployments.get(target.deploymentId);
    const asset = target && this.state.assets.get(target.assetId);
    return target && deployment && asset && { target, deployment, asset };
  }

  async dueTargets(now: Date, limit: number) {
    const isDue = (t: TargetState): boolean =>
      (t.dueAt !== null && t.dueAt <= now) ||
      (this.state.deployments.get(t.deploymentId)?.state === 'cancelling' &&
        (cancellableStatuses as readonly string[]).includes(t.status));
    const due = this.all().filter((t) => !isFinal(t.status) && isDue(t));
    return due
      .sort((a, b) => a.position - b.position)
      .slice(0, limit)
      .map((t) => t.id);
  }

  async ownedTargets(after: string | undefined, before: Date, limit: number) {
    const isOwned = (t: TargetState): boolean =>
      isHolding(t.status) &&
      (t.status === 'checking' || t.status === 'ready'
        ? t.releasedAt !== null && t.releasedAt < before
        : t.statusSince < before);
    const owned = this.all().filter((t) => isOwned(t) && (after === undefined || t.id > after));
    return owned.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async settings() {
    return this.state.settings;
  }

  async byStatus() {
    return this.counts();
  }

  async outboxWaiting() {
    return { rows: this.state.outbox.length, oldestSeconds: 0 };
  }

  private all(): TargetState[] {
    return [...this.state.targets.values()];
  }

  private counts(deploymentId?: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const t of this.all())
      if (deploymentId === undefined || t.deploymentId === deploymentId)
        counts[t.status] = (counts[t.status] ?? 0) + 1;
    return counts;
  }

  private of(id: string) {
    const deployment = this.state.deployments.get(id);
    if (!deployment) throw new Error(`the fake has no deployment ${id}`);
    return deployment;
  }

  private inside(): LedgerTransaction {
    const { state } = this;
    return {
      isFirst: async (consumer, id) =>
        !state.inbox.has(`${consumer} ${id}`) && !!state.inbox.add(`${consumer} ${id}`),
      lockTarget: async (id) => {
        const target = state.targets.get(id);
        if (!target) return undefined;
        const { state: is, content, options } = this.of(target.deploymentId);
        return {
          target,
          rules: {
            isCancelRequested: is === 'cancelling',
            maximumDurationSeconds: content.maximumDurationSeconds,
            retryForSeconds: options.offline.retryForSeconds,
          },
        };
      },
      holderOf: async (target) =>
        this.all().find(
          (t) =>
            t.assetId === target.assetId &&
            t.id !== target.id &&
            (isHolding(t.status) || (t.status === 'waiting' && t.position < target.position)),
        )?.id,
      saveTarget: async (target, arrows = []) => {
        const rival = this.all().find(
          (t) => t.assetId === target.assetId && t.id !== target.id && isHolding(t.status),
        );
        if (isHolding(target.status) && rival) throw new AssetHeld(target.id);
        state.targets.set(target.id, target);
        state.history.set(target.id, [...(state.history.get(target.id) ?? []), ...arrows]);
      },
      appendHistory: async (id, arrows) => {
        state.history.set(id, [...(state.history.get(id) ?? []), ...arrows]);
      },
      publish: <M extends Message>({ message, id, payload }: OutboxEvent<M>) => {
        state.outbox.push({ kind: 'event', message, id, payload: payload as Payload<Message> });
      },
      enqueue: (owner, job) => {
        state.outbox.push({ kind: 'job', owner, job });
      },
      wakeNextOn: async (assetId, now) => {
        const waiting = this.all().filter((t) => t.assetId === assetId && t.status === 'waiting');
        const [first] = waiting.sort((a, b) => a.position - b.position);
        if (first) state.targets.set(first.id, { ...first, dueAt: now });
      },
      countEnded: async (id) => {
        const deployment = this.of(id);
        state.deployments.set(id, { ...deployment, open: deployment.open - 1 });
        return deployment.open - 1;
      },
      finishDeployment: async (id, now) => {
        state.deployments.set(id, { ...this.of(id), state: 'finished', finishedAt: now });
      },
      countsOf: async (id) => this.counts(id),
      holdGrants: async () => undefined,
      runningCount: async () =>
        this.all().filter((t) => (runningStatuses as readonly string[]).includes(t.status)).length,
      settings: async () => state.settings,
      saveSettings: async (settings) => {
        state.settings = settings;
      },
      shareDeployment: async (id) => state.deployments.get(id)?.state,
      insertDeployment: async (deployment) => {
        const { requestKey } = deployment;
        if (requestKey !== null && [...state.deployments.values()].some((d) => d.requestKey === requestKey))
          return false;
        state.deployments.set(deployment.id, {
          ...deployment,
          state: 'active',
          open: deployment.targets,
          finishedAt: null,
        });
        return true;
      },
      insertTargets: async (targets, assets) => {
        for (const target of targets)
          state.targets.set(target.id, { ...target, position: state.targets.size + 1 });
        for (const asset of assets) state.assets.set(asset.id, asset);
      },
      startCancelling: async (id) => {
        const deployment = state.deployments.get(id);
        if (deployment?.state !== 'active') return false;
        state.deployments.set(id, { ...deployment, state: 'cancelling' });
        return true;
      },
      holdReleases: async () => true,
      takeTurns: async (status, count, now) => this.takeTurns(status, count, now),
      releasedCount: async () => {
        const n = (...statuses: string[]): number =>
          this.all().filter(
            (t) => statuses.includes(t.status) && (t.releasedAt !== null || t.status in lateOnes),
          ).length;
        return {
          checking: n('checking'),
          ready: n('ready'),
          starting: n('starting'),
          running: n(...runningStatuses),
        };
      },
      runOf: async (id, attempt, run) => state.runs.get(`${id}/${attempt}/${run}`),
      saveRun: async (id, attempt, run) => {
        state.runs.set(`${id}/${attempt}/${run.run}`, run);
      },
      stepName: async (id, step) => this.of(id).content.steps[step]?.name ?? `step ${step + 1}`,
      keepEarly: async (id, attempt, record) => {
        state.early.set(`${id}/${attempt}/${record.sequence}`, record);
      },
      takeEarly: async (id, attempt, sequence) => {
        const key = `${id}/${attempt}/${sequence}`;
        const record = state.early.get(key);
        state.early.delete(key);
        return record;
      },
      audit: async (row) => {
        state.audit.push(row);
      },
    };
  }

  private takeTurns(status: string, count: number, now: Date): TargetState[] {
    const waiting = this.all()
      .filter(
        (t) =>
          t.status === status && t.releasedAt === null && (t.releaseAfter === null || t.releaseAfter <= now),
      )
      .sort((a, b) => Number(a.probes > 0) - Number(b.probes > 0) || a.position - b.position);
    const places = new Map<string, number>();
    const ranked = waiting.map((target) => {
      const place = (places.get(target.deploymentId) ?? 0) + 1;
      places.set(target.deploymentId, place);
      return { place, target };
    });
    const chosen = ranked.sort((a, b) => a.place - b.place).slice(0, count);
    return chosen.map(({ target }) => {
      const released = { ...target, releasedAt: now };
      this.state.targets.set(target.id, released);
      return released;
    });
  }
}

const lateOnes = { starting: true, running: true, cancelling: true };

const copy = (state: State): State => ({
  deployments: new Map(state.deployments),
  targets: new Map(state.targets),
  assets: new Map(state.assets),
  history: new Map(state.history),
  runs: new Map(state.runs),
  early: new Map(state.early),
  inbox: new Set(state.inbox),
  settings: state.settings,
  audit: [...state.audit],
  outbox: [...state.outbox],
});

const shown = (t: TargetState): Target => ({
  id: t.id,
  deploymentId: t.deploymentId,
  assetId: t.assetId,
  assetName: t.assetName,
  status: t.status,
  outcome: t.outcome,
  attempt: t.attempt,
  generation: t.generation,
  statusSince: t.statusSince.toISOString(),
  dueAt: t.dueAt?.toISOString() ?? null,
  startedAt: t.startedAt?.toISOString() ?? null,
  endedAt: t.endedAt?.toISOString() ?? null,
  currentStep: t.currentStep,
  lastExitCode: t.lastExitCode,
  cause: t.cause,
  traceId: t.traceId,
});
