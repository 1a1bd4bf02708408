/** A target as the ledger keeps it, and the limits of its life. `decide.ts` computes the next one. */
import type { Cause, Verdict } from '@drover/contracts';
import {
  activeStatuses,
  lifecycle,
  type ActiveStatus,
  type Fact,
  type FinalStatus,
  type Status,
} from '@drover/domain';

export interface TargetState {
  id: string;
  deploymentId: string;
  assetId: string;
  assetName: string;
  /** Order of acceptance over all deployments: on one computer the earlier target goes first. */
  position: number;
  status: Status;
  outcome: FinalStatus | null;
  /** 0 until `ready` is entered for the first time. */
  attempt: number;
  generation: number;
  statusSince: Date;
  /** When the ledger itself has to act: a probe, a deadline, the end of a wait. */
  dueAt: Date | null;
  /** A job is not released before this instant: the pause between two attempts. */
  releaseAfter: Date | null;
  /** When the owner's job was handed to its queue; null while the target waits for its turn. */
  releasedAt: Date | null;
  grantedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  /** End of the period in which an offline computer is tried again; set the first time it is found offline. */
  offlineUntil: Date | null;
  probes: number;
  cause: Cause | null;
  verdicts: Verdict[];
  lastExitCode: number | null;
  /** The last journal record of this attempt that is stored; -1 for none. */
  journalSequence: number;
  currentStep: { run: number; step: number; name: string } | null;
  traceId: string | null;
  traceparent: string | null;
}

/** What the deployment says about each of its targets. */
export interface DeploymentRules {
  isCancelRequested: boolean;
  maximumDurationSeconds: number;
  retryForSeconds: number;
}

/** One transition, as history keeps it. */
export interface Arrow {
  generation: number;
  attempt: number;
  from: Status | null;
  fact: string;
  to: Status;
  at: Date;
  cause: Cause | null;
}

export const attemptsMax = 5;
/** How long after the maximum duration the ledger waits for the computer's own report. */
export const graceAfterDurationMs = 5 * 60_000;
/** How long a computer that was woken may take to start (DEP-2). */
export const bootTimeMs = 5 * 60_000;
export const closeWithinMs = 15 * 60_000;
export const probeAfterMs = { first: 30_000, max: 5 * 60_000 } as const;
/** How soon a target looks again whether its computer is free; a freed computer also wakes the next one at once. */
export const busyAgainAfterMs = 30_000;
export const pauseBetweenAttemptsMs = { first: 5_000, max: 60_000 } as const;

/** While a target is in one of these its computer belongs to it: at most one target per asset (a partial unique index). */
export const holdingStatuses: readonly ActiveStatus[] = [
  'checking',
  'ready',
  'starting',
  'running',
  'cancelling',
  'closing',
];

/** These count against the running maximum. */
export const runningStatuses: readonly ActiveStatus[] = ['starting', 'running', 'cancelling'];

/** Only the ledger reports these; on the bus they are refused, because a worker must not grant itself a run. */
export const ledgerFacts: readonly Fact[] = [
  'wakeDue',
  'due',
  'bootTimePassed',
  'probeDue',
  'periodOver',
  'granted',
  'cancelRequested',
  'deadlinePassed',
  'closeDeadlinePassed',
];

/** What a computer did: kept in history even when it arrives after the ledger has given up on it. */
export const resultFacts: readonly Fact[] = [
  'stoppedSuccess',
  'stoppedFailure',
  'maximumDurationPassed',
  'interrupted',
  'stopped',
];

export const cancellableStatuses: readonly ActiveStatus[] = activeStatuses.filter(
  (status) => 'cancelRequested' in lifecycle[status].on,
);

export const isHolding = (status: Status): boolean => (holdingStatuses as readonly Status[]).includes(status);
