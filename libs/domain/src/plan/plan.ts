/**
 * What the runner is told to do in one attempt. The wire form is docs/plan-format.md; `encodePlan` in
 * plan-codec.ts writes it. Branches are resolved to step positions here, so that the runner never searches.
 */
import type { PackageContent } from '../package/package';
import { actionOf, type Action } from '../package/resulting-command';
import type { Branch } from '../package/step';
import { fillStep, type TokenValues } from '../package/variables';

/** A position in `Plan.steps` (0-based), or an end. */
export type PlanBranch = number | 'stopSuccess' | 'stopFailure';

export type PlanStep = Action & {
  name: string;
  onSuccess: PlanBranch;
  onFailure: PlanBranch;
  timeoutSeconds?: number | undefined;
};

/** A step that is Command Prompt text. */
export type CommandPlanStep = Extract<PlanStep, { type: 'command' }>;

export interface Plan {
  /** Names the attempt on the computer: its registry key, its journal file and its task. See `attemptName`. */
  attemptName: string;
  maximumDurationSeconds: number;
  /** By the computer's clock: after this the runner, started by the task's trigger, sweeps the attempt away. */
  retainUntil: Date;
  steps: PlanStep[];
}

/** The name of an attempt on the computer: letters, digits and hyphens, at most 48 characters. */
export const attemptName = (targetId: string, attempt: number): string => `${targetId}-${attempt}`;

/**
 * `next` on the last step is Stop (Success) after success and Stop (Failure) after failure.
 * @param values what the tokens in the steps' texts stand for on this computer.
 * @throws RangeError for a branch to nowhere, which `validatePackage` reports.
 */
export function planFor(
  content: PackageContent,
  name: string,
  retainUntil: Date,
  values: TokenValues = {},
): Plan {
  const position = new Map(content.steps.map((step, index) => [step.id, index]));
  const resolve = (index: number, branch: Branch, end: 'stopSuccess' | 'stopFailure'): PlanBranch => {
    if (branch.go === 'next') return index + 1 < content.steps.length ? index + 1 : end;
    if (branch.go === 'step') {
      const found = position.get(branch.step);
      if (found === undefined)
        throw new RangeError(`step ${index + 1} branches to a step that does not exist: ${branch.step}`);
      return found;
    }
    return branch.go;
  };
  return {
    attemptName: name,
    maximumDurationSeconds: content.maximumDurationSeconds,
    retainUntil,
    steps: content.steps.map((step, index) => ({
      ...actionOf(fillStep(step, content, values)),
      name: step.name,
      onSuccess: resolve(index, step.onSuccess, 'stopSuccess'),
      onFailure: resolve(index, step.onFailure, 'stopFailure'),
      ...(step.timeoutSeconds !== undefined && { timeoutSeconds: step.timeoutSeconds }),
    })),
  };
}
