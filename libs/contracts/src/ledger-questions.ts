/** What the scheduler answers: deployments, targets, grants and the caps. */
import { z } from 'zod';
import { question } from './declare';
import { asset } from './inventory-questions';
import { packageContent, variableValues } from './package-schemas';
import { shortText } from './texts';
import { cause, finalStatus, id, instant, status, verdict } from './words';
import { reference } from './target-messages';

export const offlineRule = z.strictObject({
  /** 0: a computer that is offline is not tried again. */
  retryForSeconds: z
    .int()
    .min(0)
    .max(30 * 24 * 3600)
    .default(3600),
});

export const deploymentOptions = z.strictObject({ offline: offlineRule.default({ retryForSeconds: 3600 }) });

export const deployment = z.object({
  id,
  packageId: id,
  packageName: shortText,
  packageVersion: z.int(),
  runMode: z.literal('system'),
  state: z.enum(['active', 'cancelling', 'finished']),
  options: deploymentOptions,
  createdAt: instant,
  createdBy: z.string(),
  finishedAt: instant.nullable(),
  /** Targets by status. */
  counts: z.record(z.string(), z.int()),
  targets: z.int(),
});

export const target = z.object({
  id,
  deploymentId: id,
  assetId: id,
  assetName: shortText,
  status,
  outcome: finalStatus.nullable(),
  attempt: z.int(),
  generation: z.int(),
  statusSince: instant,
  dueAt: instant.nullable(),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  currentStep: z.object({ run: z.int(), step: z.int(), name: z.string() }).nullable(),
  lastExitCode: z.int().nullable(),
  cause: cause.nullable(),
  traceId: z.string().nullable(),
});

export const stepRun = z.object({
  attempt: z.int(),
  run: z.int(),
  step: z.int(),
  stepName: z.string(),
  state: z.enum(['running', 'succeeded', 'failed']),
  ended: z.enum(['exited', 'stopped', 'notStarted']).nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
  exitCode: z.int().nullable(),
  win32Error: z.int().nullable(),
  /** The tail of the output, as UTF-8 text; `droppedBytes` of it are cut before. */
  output: z.string(),
  droppedBytes: z.int(),
});

export const targetDetail = target.extend({
  history: z.array(
    z.object({
      generation: z.int(),
      attempt: z.int(),
      from: status.nullable(),
      fact: z.string(),
      to: status,
      at: instant,
      cause: cause.nullable(),
    }),
  ),
  verdicts: z.array(verdict),
  steps: z.array(stepRun),
});

const actor = z.object({ actor: z.string().min(1) });

export const createDeployment = question(
  'deployment.create',
  actor.extend({
    packageId: id,
    version: z.int().min(1).optional(),
    assetIds: z.array(id).min(1).max(100_000),
    options: deploymentOptions.default({ offline: { retryForSeconds: 3600 } }),
    /** Win over the package’s defaults, and are frozen with its version. */
    variables: variableValues.default({}),
    requestKey: z.string().min(1).max(200).optional(),
  }),
  deployment,
  'Accepts a deployment: freezes the package version and the assets; the same request key gives the same deployment.',
);
export const getDeployment = question(
  'deployment.get',
  z.object({ id }),
  deployment,
  'One deployment with counts.',
);
export const listDeployments = question(
  'deployment.list',
  z.object({ limit: z.int().min(1).max(200).default(50), before: instant.optional() }),
  z.object({ deployments: z.array(deployment) }),
  'Deployments, the latest first.',
);
export const listTargets = question(
  'target.list',
  z.object({
    deploymentId: id,
    status: status.optional(),
    limit: z.int().min(1).max(1000).default(200),
    after: id.optional(),
  }),
  z.object({ targets: z.array(target), total: z.int() }),
  'Targets of a deployment, by asset name.',
);
export const getTarget = question(
  'target.get',
  z.object({ id }),
  targetDetail,
  'One target with history, verdicts and steps.',
);
export const cancelDeployment = question(
  'deployment.cancel',
  actor.extend({ id }),
  deployment,
  'Cancels what has not ended (DEP-8); repeating it changes nothing.',
);

/** Everything a worker needs for a job, asked when the job runs and never stored in the queue. */
export const assignment = reference.extend({
  deploymentId: id,
  status,
  outcome: finalStatus.nullable(),
  asset,
  packageName: z.string(),
  packageVersion: z.int(),
  content: packageContent,
  credential: z.object({ id, version: z.int() }).nullable(),
  grantedAt: instant.nullable(),
  startedAt: instant.nullable(),
  /** The instant at which the ledger ends the target by itself. */
  deadlineAt: instant.nullable(),
  /** Journal sequence up to which progress of this attempt is stored, to resume after; -1 for none. */
  journalSequence: z.int(),
  cancelRequested: z.boolean(),
  traceparent: z.string().nullable(),
});
export const getAssignment = question(
  'target.assignment',
  z.object({ targetId: id }),
  assignment,
  'What a worker needs to know about a target at this moment.',
);

/** The ledger answers yes only after it has committed `starting` by compare-and-set. */
export const requestGrant = question(
  'target.grant',
  reference,
  z.object({ granted: z.boolean(), generation: z.int(), because: z.string().optional() }),
  'Asks to begin an attempt; no grant, no run.',
);

export const settings = z.object({
  deploymentThreads: z.int().min(1).max(1000),
  runningMaximum: z.int().min(1).max(100_000),
});
export const getSettings = question('settings.get', z.object({}), settings, 'The caps in force.');
export const changeSettings = question(
  'settings.change',
  actor.extend({ settings: settings.partial() }),
  settings,
  'Changes caps at once, without a restart (DEP-5).',
);

export const ledgerHealth = question(
  'ledger.health',
  z.object({}),
  z.object({
    byStatus: z.record(z.string(), z.int()),
    outboxWaiting: z.int(),
    outboxOldestSeconds: z.number(),
    staleFacts: z.int(),
    deadLetters: z.int(),
  }),
  'Counts that tell whether the ledger is moving.',
);

export type Deployment = z.output<typeof deployment>;
export type DeploymentOptions = z.output<typeof deploymentOptions>;
export type Target = z.output<typeof target>;
export type TargetDetail = z.output<typeof targetDetail>;
export type StepRun = z.output<typeof stepRun>;
export type Assignment = z.output<typeof assignment>;
export type Settings = z.output<typeof settings>;
