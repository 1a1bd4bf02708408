/** What workers report about a target, and what the ledger tells the world. */
import { z } from 'zod';
import { message, queue } from './declare';
import { shortText } from './texts';
import { cause, fact, finalStatus, id, instant, status, verdict } from './words';

/** The three numbers that make a report stale or not. */
export const reference = z.object({ targetId: id, attempt: z.int().min(0), generation: z.int().min(0) });

/** Fact id, and with it the message id for de-duplication on the bus and in the inbox. */
export const factId = (f: { targetId: string; attempt: number; generation: number; fact: string }): string =>
  `${f.targetId}-${f.attempt}-${f.generation}-${f.fact}`;

export const targetFact = message(
  'FACTS',
  'target.fact',
  reference.extend({
    fact,
    at: instant,
    cause: cause.optional(),
    verdicts: z.array(verdict).max(100).optional(),
    /** With `started` and `adopted`: when the computer's own clock says that the attempt's task was run. */
    startedAt: instant.optional(),
    lastExitCode: z.int().optional(),
  }),
  'A worker has found out something about a target; published as target.fact.<fact>, at least once, until the ledger has folded it.',
);

/** `output` is base64 of at most 64 KiB; it replaces (outputMode replace) or continues (append) the run’s output. */
export const targetProgress = message(
  'PROGRESS',
  'target.progress',
  z.object({
    targetId: id,
    attempt: z.int().min(1),
    /** Journal sequence: an entry is applied once per (target, attempt, sequence). */
    sequence: z.int().min(0),
    at: instant,
    record: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('begun'), runnerVersion: z.string(), bootedAt: instant }),
      z.object({ kind: z.literal('stepStarted'), run: z.int().min(0), step: z.int().min(0) }),
      z.object({ kind: z.literal('output'), run: z.int().min(0), data: z.base64() }),
      z.object({
        kind: z.literal('outputTail'),
        run: z.int().min(0),
        droppedBytes: z.int().min(0),
        data: z.base64(),
      }),
      z.object({
        kind: z.literal('stepEnded'),
        run: z.int().min(0),
        step: z.int().min(0),
        exitCode: z.int(),
        succeeded: z.boolean(),
        ended: z.enum(['exited', 'stopped', 'notStarted']),
        win32Error: z.int(),
      }),
      z.object({ kind: z.literal('ended'), end: z.string(), lastExitCode: z.int() }),
    ]),
  }),
  'One record of a runner’s journal, outside the lifecycle; published as target.progress.<target id>.',
);

export const targetChanged = message(
  'EVENTS',
  'event.target.changed',
  z.object({
    deploymentId: id,
    targetId: id,
    assetId: id,
    assetName: shortText,
    attempt: z.int(),
    generation: z.int(),
    status,
    outcome: finalStatus.nullable(),
    at: instant,
    cause: cause.optional(),
    traceId: z.string().optional(),
  }),
  'A target has entered a status; from the ledger’s outbox, in order per target.',
);

export const targetStepChanged = message(
  'EVENTS',
  'event.target.step',
  z.object({
    deploymentId: id,
    targetId: id,
    assetName: shortText,
    attempt: z.int(),
    run: z.int(),
    step: z.int(),
    stepName: z.string(),
    state: z.enum(['running', 'succeeded', 'failed']),
    exitCode: z.int().nullable(),
    /** Text appended since the event before, at most 64 KiB. */
    output: z.string().optional(),
    at: instant,
  }),
  'A step of a target has started, written output or ended.',
);

export const deploymentChanged = message(
  'EVENTS',
  'event.deployment.changed',
  z.object({
    deploymentId: id,
    state: z.enum(['active', 'cancelling', 'finished']),
    counts: z.record(z.string(), z.int()),
    at: instant,
  }),
  'A deployment was created, cancelled or has finished.',
);

const targetJob = reference.extend({ deploymentId: id });
export const checkerQueue = queue('requirements-checker', targetJob, 'Targets in `checking`.');
export const dispatcherQueue = queue('dispatcher', targetJob, 'Targets in `ready` or `starting`.');
export const collectorQueue = queue(
  'result-collector',
  targetJob,
  'Targets in `running`, `cancelling` or `closing`.',
);

/** Job id: BullMQ forbids the colon; one job per target and generation. */
export const jobId = (j: { targetId: string; generation: number }): string => `${j.targetId}-${j.generation}`;
