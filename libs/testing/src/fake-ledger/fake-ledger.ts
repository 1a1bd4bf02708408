/**
 * The scheduler in memory, for one target: it folds facts by the lifecycle table, grants by compare-and-set and ignores
 * stale reports, so that a worker's tests see the same arrows as production.
 */
import type { Assignment, Payload, targetFact, targetProgress } from '@drover/contracts';
import { next, packageDefaults, type FinalStatus, type PackageContent, type Status } from '@drover/domain';

type FactReport = Omit<Payload<typeof targetFact>, 'at'>;

export const fakeTargetId = '0f9a3c52-6f0e-4a63-9a6e-2f4d7c1b8e01';

const sayHello: PackageContent = {
  ...packageDefaults,
  name: 'Say hello',
  maximumDurationSeconds: 900,
  runMode: 'system',
  steps: [
    {
      id: 'hello',
      name: 'Hello',
      type: 'command',
      command: 'echo hello',
      successCodes: [0],
      onSuccess: { go: 'next' },
      onFailure: { go: 'stopFailure' },
    },
  ],
};

export class FakeLedger {
  readonly facts: FactReport[] = [];
  readonly staleFacts: FactReport[] = [];
  readonly entries: Payload<typeof targetProgress>[] = [];
  grants = 0;
  /** Refuses grants while it is set, as the running cap does. */
  refuseBecause: string | undefined;
  status: Status;
  outcome: FinalStatus | undefined;
  attempt = 1;
  generation = 3;
  startedAt: string | null = null;
  cancelRequested = false;
  credential: { id: string; version: number } | null = {
    id: 'a4a9cdd1-58d2-4f0d-8a7d-5f7e8f6c2a10',
    version: 1,
  };
  content: PackageContent = sayHello;
  asset: Assignment['asset'];

  constructor(
    status: Status,
    readonly targetId: string = fakeTargetId,
  ) {
    this.status = status;
    this.asset = {
      id: '5b0e7a0e-7c54-4a57-8a35-64c1d1a5be11',
      name: 'pc-17',
      domain: null,
      address: '127.17.1.1',
      port: 445,
      createdAt: '2026-11-21T10:00:00.000Z',
    };
  }

  get job(): { targetId: string; attempt: number; generation: number; deploymentId: string } {
    return {
      targetId: this.targetId,
      attempt: this.attempt,
      generation: this.generation,
      deploymentId: this.asset.id,
    };
  }

  async assignment(): Promise<Assignment> {
    await Promise.resolve();
    return {
      ...this.job,
      status: this.status,
      outcome: this.outcome ?? null,
      asset: this.asset,
      packageName: this.content.name,
      packageVersion: 1,
      content: this.content,
      credential: this.credential,
      grantedAt: null,
      startedAt: this.startedAt,
      deadlineAt: null,
      journalSequence: this.entries.findLast((e) => e.attempt === this.attempt)?.sequence ?? -1,
      cancelRequested: this.cancelRequested,
      traceparent: null,
    };
  }

  async grant(reference: {
    attempt: number;
    generation: number;
  }): Promise<{ granted: boolean; generation: number; because?: string }> {
    await Promise.resolve();
    const isCurrent =
      this.status === 'ready' &&
      reference.generation === this.generation &&
      reference.attempt === this.attempt;
    if (!isCurrent)
      return { granted: false, generation: this.generation, because: 'the target has moved on' };
    if (this.refuseBecause)
      return { granted: false, generation: this.generation, because: this.refuseBecause };
    this.grants++;
    this.fold('granted');
    return { granted: true, generation: this.generation };
  }

  async report(fact: FactReport): Promise<void> {
    await Promise.resolve();
    const isStale = fact.generation !== this.generation || fact.attempt !== this.attempt;
    if (isStale || !next(this.status, fact.fact, this.outcome)) {
      this.staleFacts.push(fact);
      return;
    }
    this.facts.push(fact);
    if (fact.startedAt !== undefined) this.startedAt = new Date().toISOString();
    this.fold(fact.fact);
  }

  async progress(entry: Payload<typeof targetProgress>): Promise<void> {
    await Promise.resolve();
    if (!this.entries.some((e) => e.attempt === entry.attempt && e.sequence === entry.sequence))
      this.entries.push(entry);
  }

  /** Folds a fact of the ledger itself: `cancelRequested`, `due`. */
  fold(fact: FactReport['fact']): void {
    const to = next(this.status, fact, this.outcome);
    if (!to) return;
    const isAnotherTry = to.status === 'ready' && (fact === 'notStarted' || fact === 'neverStarted');
    if (isAnotherTry) this.attempt++;
    this.status = to.status;
    this.outcome ??= to.outcome;
    this.generation++;
  }

  get lastFact(): FactReport | undefined {
    return this.facts.at(-1);
  }
}
