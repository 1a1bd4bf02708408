import { facts, isFinal, ownerOf, type Fact } from '@drover/domain';
import fc from 'fast-check';
import { factAt } from '../timers/fire-due-timers';
import { decide, type Decision } from './decide';
import { attemptsMax, type DeploymentRules, type TargetState } from './target';

const start = Date.parse('2026-11-21T00:00:00.000Z');
const hourMs = 3_600_000;

const fresh: TargetState = {
  id: 't',
  deploymentId: 'd',
  assetId: 'a',
  assetName: 'pc-1',
  position: 1,
  status: 'waiting',
  outcome: null,
  attempt: 0,
  generation: 0,
  statusSince: new Date(start),
  dueAt: new Date(start),
  releaseAfter: null,
  releasedAt: null,
  grantedAt: null,
  startedAt: null,
  endedAt: null,
  offlineUntil: null,
  probes: 0,
  cause: null,
  verdicts: [],
  lastExitCode: null,
  journalSequence: -1,
  currentStep: null,
  traceId: null,
  traceparent: null,
};

const rules = fc.record<DeploymentRules>({
  isCancelRequested: fc.boolean(),
  maximumDurationSeconds: fc.integer({ min: 1, max: 100_000 }),
  retryForSeconds: fc.constantFrom(0, 60, 3600),
});
const story = fc.array(
  fc.record({ fact: fc.constantFrom(...facts), afterMs: fc.integer({ min: 0, max: 10 * 60_000 }), rules }),
  { maxLength: 200 },
);

/** Plays any facts in any order and hands over each decision, with the target before it. */
function play(
  told: { fact: Fact; afterMs: number; rules: DeploymentRules }[],
  see: (before: TargetState, decision: Decision | undefined, now: Date) => void,
): TargetState {
  let target = fresh;
  let now = start;
  for (const { fact, afterMs, rules: given } of told) {
    now += afterMs;
    const decision = decide(target, { fact, at: new Date(now) }, given, new Date(now));
    see(target, decision, new Date(now));
    target = decision?.target ?? target;
  }
  return target;
}

describe('any facts in any order', () => {
  it('never leave a final status', () => {
    fc.assert(
      fc.property(story, (told) => {
        play(told, (before, decision) => {
          if (isFinal(before.status)) expect(decision).toBeUndefined();
          if (decision && isFinal(decision.target.status)) {
            expect(decision.target.outcome).toBe(decision.target.status);
            expect(decision.target.endedAt).not.toBeNull();
          }
        });
      }),
    );
  });

  it('never strand a target: it is final, or a worker owns it, or the ledger has an instant to act at', () => {
    fc.assert(
      fc.property(story, (told) => {
        play(told, (_before, decision) => {
          const target = decision?.target;
          if (!target || isFinal(target.status)) return;
          if (ownerOf(target.status) === 'scheduler') expect(target.dueAt).not.toBeNull();
          if (ownerOf(target.status) === 'result-collector') expect(target.dueAt).not.toBeNull();
        });
      }),
    );
  });

  it('raise the generation with every arrow, and give an attempt one grant only', () => {
    fc.assert(
      fc.property(story, (told) => {
        const granted: number[] = [];
        play(told, (before, decision) => {
          if (!decision) return;
          expect(decision.target.generation).toBe(before.generation + decision.arrows.length);
          for (const arrow of decision.arrows) if (arrow.to === 'starting') granted.push(arrow.attempt);
        });
        expect(new Set(granted).size).toBe(granted.length);
        expect(Math.max(0, ...granted)).toBeLessThanOrEqual(attemptsMax);
      }),
      { numRuns: 300 },
    );
  });

  it('end within the target’s own limits once only the clock goes on', () => {
    fc.assert(
      fc.property(story, rules, (told, given) => {
        let target = play(told, () => undefined);
        let now = start + told.length * 10 * 60_000;
        const workers: Partial<Record<string, Fact>> = {
          checking: 'offline',
          ready: 'offline',
          starting: 'unknown',
        };
        const limit = now + 3 * hourMs + given.maximumDurationSeconds * 1000 + 1_000 * hourMs;
        while (!isFinal(target.status) && now < limit) {
          if (target.dueAt !== null && target.dueAt.getTime() > now) now = target.dueAt.getTime();
          const at = new Date(now);
          const fact = factAt({ target, rules: given }, at) ?? workers[target.status];
          if (fact === undefined) throw new Error(`nothing moves a target in ${target.status}`);
          const moved = decide(target, { fact, at }, given, at);
          if (!moved) throw new Error(`${fact} does not move a target in ${target.status}`);
          target = moved.target;
        }
        expect(isFinal(target.status)).toBe(true);
      }),
    );
  });
});

describe('what arriving changes', () => {
  const at = new Date(start);
  const given: DeploymentRules = {
    isCancelRequested: false,
    maximumDurationSeconds: 60,
    retryForSeconds: 3600,
  };

  it('gives a running target its maximum duration and five minutes for the report', () => {
    const decision = decide({ ...fresh, status: 'starting', attempt: 1 }, { fact: 'started', at }, given, at);
    expect(decision?.target.dueAt).toEqual(new Date(start + 60_000 + 300_000));
  });

  it('does not believe a worker’s clock that is ahead', () => {
    const ahead = new Date(start + hourMs);
    const decision = decide(
      { ...fresh, status: 'starting', attempt: 1 },
      { fact: 'started', at: ahead },
      given,
      at,
    );
    expect(decision?.target.startedAt).toEqual(at);
  });

  it('keeps the deadline of a run that is being cancelled', () => {
    const dueAt = new Date(start + 5);
    const decision = decide(
      { ...fresh, status: 'running', attempt: 1, dueAt },
      { fact: 'cancelRequested', at },
      given,
      at,
    );
    expect(decision?.target).toMatchObject({ status: 'cancelling', dueAt });
  });

  it('does not count an attempt that was never granted', () => {
    const first = decide({ ...fresh, status: 'checking' }, { fact: 'passed', at }, given, at)!.target;
    const asleep = decide(first, { fact: 'offline', at }, given, at)!.target;
    const again = decide(asleep, { fact: 'probeDue', at }, given, at)!.target;
    expect(decide(again, { fact: 'passed', at }, given, at)?.target.attempt).toBe(1);
  });

  it('begins the journal of another attempt anew', () => {
    const before = { ...fresh, status: 'running', attempt: 1, journalSequence: 7, grantedAt: at } as const;
    expect(decide(before, { fact: 'neverStarted', at }, given, at)?.target).toMatchObject({
      status: 'ready',
      attempt: 2,
      journalSequence: -1,
      grantedAt: null,
    });
  });
});
