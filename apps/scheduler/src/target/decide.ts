/**
 * What a fact makes of a target: the pure half of the ledger. The table in libs/domain says where an arrow
 * leads; the effects of arriving there (deadlines, probes, attempts) are below. One fact may draw several arrows:
 * a cancel that was waiting, an offline period of zero seconds, the attempt after the last one.
 */
import type { Cause, Verdict } from '@drover/contracts';
import { isFinal, next, type Fact, type Status } from '@drover/domain';
import {
  attemptsMax,
  bootTimeMs,
  busyAgainAfterMs,
  cancellableStatuses,
  closeWithinMs,
  graceAfterDurationMs,
  pauseBetweenAttemptsMs,
  probeAfterMs,
  resultFacts,
  type Arrow,
  type DeploymentRules,
  type TargetState,
} from './target';

export interface Report {
  fact: Fact;
  at: Date;
  cause?: Cause | undefined;
  verdicts?: Verdict[] | undefined;
  lastExitCode?: number | undefined;
}

export interface Decision {
  target: TargetState;
  arrows: Arrow[];
}

/** More arrows than one fact can draw; reaching it means that the table has a cycle without a worker in it. */
const arrowsMax = 8;

/**
 * Folds one report, and every arrow that follows from it at once.
 * @returns undefined when the arrow is not drawn: late or repeated, to be counted and ignored.
 */
export function decide(
  target: TargetState,
  report: Report,
  rules: DeploymentRules,
  now: Date,
): Decision | undefined {
  let step = follow(target, report, rules, now);
  if (step === undefined) return undefined;
  const arrows: Arrow[] = [];
  while (step !== undefined) {
    arrows.push(step.arrow);
    target = step.target;
    const further = consequence(step.before, target, rules, now);
    if (further !== undefined && arrows.length === arrowsMax)
      throw new RangeError(`one ${report.fact} draws more than ${arrowsMax} arrows from ${target.status}`);
    step = further && follow(target, further, rules, now);
  }
  return { target, arrows };
}

/** Whether a fact that comes too late still tells what happened on the computer, and is worth a line of history. */
export const isLateResult = (target: TargetState, fact: Fact, attempt: number): boolean =>
  attempt === target.attempt &&
  (target.outcome === 'timedOut' || target.outcome === 'lost') &&
  resultFacts.includes(fact);

/** The line of history of a late result: the status stays. */
export const lateArrow = (target: TargetState, report: Report, now: Date): Arrow => ({
  generation: target.generation,
  attempt: target.attempt,
  from: target.status,
  fact: report.fact,
  to: target.status,
  at: now,
  cause: report.cause ?? {
    kind: 'lateResult',
    message: `The computer’s own report arrived after the target had ended as ${target.outcome ?? target.status}.`,
    ...(report.lastExitCode !== undefined && { code: report.lastExitCode }),
  },
});

/** The same target, waiting for the computer that another target holds; not a transition. */
export const parked = (target: TargetState, holder: string, now: Date): TargetState => ({
  ...target,
  dueAt: earlier(new Date(now.getTime() + busyAgainAfterMs), target.offlineUntil),
  cause: {
    kind: 'assetBusy',
    message: `Another deployment is at work on this computer (target ${holder}); this one follows it.`,
  },
});

function follow(
  target: TargetState,
  report: Report,
  rules: DeploymentRules,
  now: Date,
): { before: TargetState; target: TargetState; arrow: Arrow } | undefined {
  const transition = next(target.status, report.fact, target.outcome ?? undefined);
  if (transition === undefined) return undefined;
  const arrived: TargetState = {
    ...target,
    status: transition.status,
    outcome: transition.outcome ?? target.outcome,
    generation: target.generation + 1,
    statusSince: now,
    dueAt: null,
    releaseAfter: null,
    releasedAt: null,
    cause: report.cause ?? (clearsCause.includes(report.fact) ? null : target.cause),
    verdicts: report.verdicts ?? target.verdicts,
    lastExitCode: report.lastExitCode ?? target.lastExitCode,
  };
  const settled = { ...arrived, ...arrive(target, arrived, report, rules, now) };
  return {
    before: target,
    target: settled,
    arrow: {
      generation: settled.generation,
      attempt: settled.attempt,
      from: target.status,
      fact: report.fact,
      to: settled.status,
      at: now,
      cause: report.cause ?? null,
    },
  };
}

const clearsCause: readonly Fact[] = [
  'due',
  'wakeDue',
  'passed',
  'granted',
  'started',
  'adopted',
  'stoppedSuccess',
];

/** What arriving in a status changes beside the status. */
function arrive(
  before: TargetState,
  target: TargetState,
  report: Report,
  rules: DeploymentRules,
  now: Date,
): Partial<TargetState> {
  const after = (ms: number): Date => new Date(now.getTime() + ms);
  if (isFinal(target.status)) return { endedAt: now, currentStep: null };
  switch (target.status) {
    case 'sleeping': {
      const offlineUntil = target.offlineUntil ?? after(rules.retryForSeconds * 1000);
      const pause = Math.min(probeAfterMs.first * 2 ** Math.min(target.probes, 16), probeAfterMs.max);
      return { offlineUntil, probes: target.probes + 1, dueAt: earlier(after(pause), offlineUntil) };
    }
    case 'waking':
      return { dueAt: after(bootTimeMs) };
    case 'ready':
      return arriveReady(before, target, now);
    case 'starting':
      return { grantedAt: now };
    case 'running':
      return {
        startedAt: earlier(report.at, now),
        dueAt: after(rules.maximumDurationSeconds * 1000 + graceAfterDurationMs),
      };
    case 'cancelling':
      return { dueAt: before.dueAt };
    case 'closing':
      return { dueAt: after(closeWithinMs), currentStep: null };
    default:
      return {};
  }
}

/** A try that provably never began makes room for the next number; a first entry, or one before any grant, does not. */
function arriveReady(before: TargetState, target: TargetState, now: Date): Partial<TargetState> {
  if (before.status === 'checking') return { attempt: Math.max(1, target.attempt) };
  if (target.attempt >= attemptsMax) return {};
  const pause = Math.min(
    pauseBetweenAttemptsMs.first * 2 ** (target.attempt - 1),
    pauseBetweenAttemptsMs.max,
  );
  return {
    attempt: target.attempt + 1,
    journalSequence: -1,
    grantedAt: null,
    startedAt: null,
    currentStep: null,
    releaseAfter: new Date(now.getTime() + pause),
  };
}

/** The ledger's own next fact, when the status just entered asks for one at once. */
function consequence(
  before: TargetState,
  target: TargetState,
  rules: DeploymentRules,
  now: Date,
): Report | undefined {
  if (rules.isCancelRequested && (cancellableStatuses as readonly Status[]).includes(target.status))
    return { fact: 'cancelRequested', at: now };
  if (target.status === 'sleeping' && target.offlineUntil !== null && target.offlineUntil <= now)
    return { fact: 'periodOver', at: now };
  // A grant that is still there in `ready` is that of the last attempt allowed: `arriveReady` clears every other.
  if (target.status === 'ready' && target.attempt >= attemptsMax && target.grantedAt !== null)
    return {
      fact: 'gaveUp',
      at: now,
      cause: {
        ...target.cause,
        kind: target.cause?.kind ?? 'gaveUp',
        message: `None of ${attemptsMax} attempts could be started. ${target.cause?.message ?? ''}`.trim(),
      },
    };
  if (target.status === 'closing' && isUntouched(before)) return { fact: 'nothingLeft', at: now };
  return undefined;
}

/** No dispatcher has ever had the target: there is nothing of it on its computer, which is left alone (DEP-8). */
const isUntouched = (before: TargetState): boolean =>
  before.status === 'ready' && before.releasedAt === null && before.attempt === 1 && before.probes === 0;

const earlier = (a: Date, b: Date | null): Date => (b !== null && b < a ? b : a);
