/**
 * What the ledger's use cases need from the world. The adapters are the stores (Postgres), gateways.ts
 * (questions, jobs, traces) and, in unit tests, test/fake-ledger.ts, which keeps state and obeys the same contract.
 */
import type {
  Asset,
  CredentialSummary,
  Deployment,
  Message,
  PackageVersion,
  Payload,
  PackageSummary,
  Settings,
  Target,
  TargetDetail,
} from '@drover/contracts';
import type { Owner, Status } from '@drover/domain';
import type { DeploymentState, NewDeployment } from './deployment/deployment';
import type { Arrow, DeploymentRules, TargetState } from './target/target';
import type { ProgressRecord, RunState } from './target/apply-record';

export type WorkerOwner = Exclude<Owner, 'scheduler'>;

/** A job for the service that owns a target's status: nothing secret, nothing that can go stale unseen. */
export interface TargetJob {
  targetId: string;
  attempt: number;
  generation: number;
  deploymentId: string;
}

export interface LockedTarget {
  target: TargetState;
  rules: DeploymentRules;
}

export interface OutboxEvent<M extends Message> {
  message: M;
  /** Events of one key leave in the order in which they were written. */
  key: string;
  suffix: string;
  id: string;
  payload: Payload<M>;
}

export interface AuditRow {
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** The changes that can be made in one transaction: all of them happen, or none. */
export interface LedgerTransaction {
  /** Remembers an event id; false when it was remembered before. */
  isFirst(consumer: string, eventId: string): Promise<boolean>;
  /** Reads a target and keeps every other transaction from changing it until this one ends. */
  lockTarget(id: string): Promise<LockedTarget | undefined>;
  /** The target that keeps `target` off its computer: one at work there, or one that was accepted earlier. */
  holderOf(target: TargetState): Promise<string | undefined>;
  /**
   * Writes the target, and the arrows that led there into its history.
   * @throws AssetHeld when another transaction has taken the computer in the same moment.
   */
  saveTarget(target: TargetState, arrows?: Arrow[]): Promise<void>;
  appendHistory(targetId: string, arrows: Arrow[]): Promise<void>;
  /** Published after the commit, and only then. */
  publish<M extends Message>(event: OutboxEvent<M>): void;
  enqueue(owner: WorkerOwner, job: TargetJob, traceparent: string | null): void;
  /** Makes the earliest target that waits for a computer due, if there is one. */
  wakeNextOn(assetId: string, now: Date): Promise<void>;
  /** Counts one target of a deployment as ended, and says how many are left. */
  countEnded(deploymentId: string): Promise<number>;
  finishDeployment(id: string, now: Date): Promise<void>;
  countsOf(deploymentId: string): Promise<Record<string, number>>;
  /** Serialises grants, so that the count below cannot be passed by two at once. */
  holdGrants(): Promise<void>;
  runningCount(): Promise<number>;
  settings(): Promise<Settings>;
  saveSettings(settings: Settings): Promise<void>;
  /** Keeps a cancel and a grant apart: the deployment cannot be cancelled until the transaction ends. */
  shareDeployment(id: string): Promise<DeploymentState | undefined>;
  /** False when a deployment with this request key exists. */
  insertDeployment(deployment: NewDeployment): Promise<boolean>;
  insertTargets(targets: TargetState[], assets: Asset[]): Promise<void>;
  /** `active` becomes `cancelling`; false when there was nothing to change. */
  startCancelling(id: string, now: Date): Promise<boolean>;
  /** Holds the right to release jobs; false when another scheduler is at it. */
  holdReleases(): Promise<boolean>;
  /** Chooses targets in `status` whose turn it is, round robin between deployments, and marks them released. */
  takeTurns(status: 'checking' | 'ready', count: number, now: Date): Promise<TargetState[]>;
  releasedCount(): Promise<{ checking: number; ready: number; starting: number; running: number }>;
  runOf(targetId: string, attempt: number, run: number): Promise<RunState | undefined>;
  saveRun(targetId: string, attempt: number, state: RunState): Promise<void>;
  stepName(deploymentId: string, step: number): Promise<string>;
  /** Keeps a record that arrived before its predecessor. */
  keepEarly(targetId: string, attempt: number, record: ProgressRecord): Promise<void>;
  takeEarly(targetId: string, attempt: number, sequence: number): Promise<ProgressRecord | undefined>;
  audit(row: AuditRow): Promise<void>;
}

export interface AssignmentFacts {
  target: TargetState;
  asset: Asset;
  deployment: {
    packageName: string;
    packageVersion: number;
    content: PackageVersion['content'];
    state: DeploymentState;
  };
}

/** Reads outside any transaction. */
export interface LedgerReads {
  requestFingerprint(requestKey: string): Promise<{ id: string; fingerprint: string } | undefined>;
  deployment(id: string): Promise<Deployment | undefined>;
  deployments(limit: number, before: Date | undefined): Promise<Deployment[]>;
  targets(q: {
    deploymentId: string;
    status: Status | undefined;
    limit: number;
    after: string | undefined;
  }): Promise<{ targets: Target[]; total: number }>;
  targetDetail(id: string): Promise<TargetDetail | undefined>;
  assignmentFacts(targetId: string): Promise<AssignmentFacts | undefined>;
  /** Targets whose instant has come, or whose deployment is cancelled while their status can be. */
  dueTargets(now: Date, limit: number): Promise<string[]>;
  /** Targets whose owner must have a job, in order of id. */
  ownedTargets(after: string | undefined, before: Date, limit: number): Promise<TargetState[]>;
  settings(): Promise<Settings>;
  byStatus(): Promise<Record<string, number>>;
  outboxWaiting(): Promise<{ rows: number; oldestSeconds: number }>;
}

export interface Ledger extends LedgerReads {
  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
}

export interface Catalog {
  version(packageId: string, version?: number): Promise<{ package: PackageSummary; version: PackageVersion }>;
}

export interface Inventory {
  resolve(assetIds: string[]): Promise<{ assets: Asset[]; unknown: string[] }>;
  /** Undefined when the asset has been deleted. */
  asset(id: string): Promise<Asset | undefined>;
  credentialFor(assetId: string): Promise<CredentialSummary | null>;
}

export interface JobQueues {
  add(owner: WorkerOwner, job: TargetJob, traceparent: string | null): Promise<void>;
  exists(owner: WorkerOwner, jobId: string): Promise<boolean>;
  /** How many computers dispatchers may work on at once, over all of them. */
  setThreads(threads: number): Promise<void>;
}

export interface Traces {
  /** Opens the trace of one target, linked to the request that asked for it. */
  start(attributes: Record<string, string>): { traceId: string; traceparent: string };
  within<T>(
    name: string,
    traceparent: string | null,
    attributes: Record<string, string>,
    work: () => Promise<T>,
  ): Promise<T>;
}

/** Counts since this process started, for ledgerHealth. */
export interface Counters {
  staleFacts: number;
}

export interface Ports {
  ledger: Ledger;
  catalog: Catalog;
  inventory: Inventory;
  jobs: JobQueues;
  traces: Traces;
  counters: Counters;
  /** Messages that no service could handle. */
  deadLetters(): Promise<number>;
  now(): Date;
  uuid(): string;
  /** Asks a loop to look at once instead of at its next turn; never waits. */
  wake(loop: 'timers' | 'release'): void;
}

/** Another target has taken the computer between the look and the commit. */
export class AssetHeld extends Error {
  constructor(readonly targetId: string) {
    super('another target holds the computer');
    this.name = 'AssetHeld';
  }
}
