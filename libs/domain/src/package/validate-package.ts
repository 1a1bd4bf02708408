/**
 * What is wrong, and what is merely odd, about a package's content. The catalogue refuses errors when a package is
 * saved and hands warnings back; the command line runs the same check on a file before anything is sent.
 */
import type { Branch, PackageContent, Step } from './package';

/** `path` is where the finding is in the content, as in `steps.2.onFailure`; `step` is the step's name. */
export interface PackageFinding {
  path: string;
  step: string;
  field: string;
  message: string;
}

export interface PackageFindings {
  /** The content cannot be saved while there is one. */
  errors: PackageFinding[];
  /** The content can be saved and probably does not do what was meant. */
  warnings: PackageFinding[];
}

const smallestExitCode = -0x8000_0000;
const largestExitCode = 0xffff_ffff;

/** Errors and warnings in the order of the steps. An empty list of errors means that `planFor` succeeds. */
export function validatePackage(content: Pick<PackageContent, 'steps'>): PackageFindings {
  const { steps } = content;
  const positions = positionsById(steps);
  const errors = steps.flatMap((step, index) => [
    ...duplicateId(steps, positions, step, index),
    ...branchToNowhere(positions, step, index, 'onSuccess'),
    ...branchToNowhere(positions, step, index, 'onFailure'),
    ...successCodesOutOfRange(step, index),
  ]);
  return { errors, warnings: errors.length > 0 ? [] : warningsOf(steps, positions) };
}

/** Positions of the steps that can be reached from the first one. */
export function reachableSteps(steps: readonly Step[]): Set<number> {
  const positions = positionsById(steps);
  const reached = new Set<number>();
  const waiting = steps.length > 0 ? [0] : [];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const step = steps[index];
    if (!step || reached.has(index)) continue;
    reached.add(index);
    for (const branch of [step.onSuccess, step.onFailure]) {
      const leadsTo = destination(positions, branch, index);
      if (leadsTo !== undefined && leadsTo < steps.length) waiting.push(leadsTo);
    }
  }
  return reached;
}

const positionsById = (steps: readonly Step[]): Map<string, number> => {
  const positions = new Map<string, number>();
  // The first of two steps with one id keeps it; the second is the one that is reported.
  steps.forEach((step, index) => {
    if (!positions.has(step.id)) positions.set(step.id, index);
  });
  return positions;
};

const destination = (
  positions: ReadonlyMap<string, number>,
  branch: Branch,
  index: number,
): number | undefined => {
  if (branch.go === 'next') return index + 1;
  return branch.go === 'step' ? positions.get(branch.step) : undefined;
};

const finding = (step: Step, index: number, field: string, message: string): PackageFinding => ({
  path: `steps.${index}.${field}`,
  step: step.name,
  field,
  message: `step ${index + 1} “${step.name}”: ${message}`,
});

function duplicateId(
  steps: readonly Step[],
  positions: ReadonlyMap<string, number>,
  step: Step,
  index: number,
): PackageFinding[] {
  const first = positions.get(step.id) ?? index;
  if (first === index) return [];
  const message = `its id “${step.id}” is also the id of step ${first + 1} “${steps[first]?.name ?? ''}”`;
  return [finding(step, index, 'id', message)];
}

function branchToNowhere(
  positions: ReadonlyMap<string, number>,
  step: Step,
  index: number,
  field: 'onSuccess' | 'onFailure',
): PackageFinding[] {
  const branch = step[field];
  if (branch.go !== 'step' || positions.has(branch.step)) return [];
  return [finding(step, index, field, `${field} leads to step “${branch.step}”, which does not exist`)];
}

function successCodesOutOfRange(step: Step, index: number): PackageFinding[] {
  const refused = step.successCodes.filter(
    (code) => !Number.isInteger(code) || code < smallestExitCode || code > largestExitCode,
  );
  if (refused.length > 0) {
    const message = `a success code is a whole number from ${smallestExitCode} to ${largestExitCode}, unlike ${refused.join(', ')}`;
    return [finding(step, index, 'successCodes', message)];
  }
  return step.successCodes.length > 0
    ? []
    : [finding(step, index, 'successCodes', 'at least one success code is needed, or it can never succeed')];
}

function warningsOf(steps: readonly Step[], positions: ReadonlyMap<string, number>): PackageFinding[] {
  const reached = reachableSteps(steps);
  return steps.flatMap((step, index) => {
    const warnings: PackageFinding[] = [];
    if (!reached.has(index))
      warnings.push(finding(step, index, 'id', 'no branch leads to it, so it never runs'));
    else if (endedOnlyByDuration(positions, step, index))
      warnings.push(
        finding(step, index, 'onSuccess', 'both branches lead back to it: only the maximum duration ends it'),
      );
    if (index === steps.length - 1) warnings.push(...nextOnLastStep(step, index));
    return warnings;
  });
}

const endedOnlyByDuration = (positions: ReadonlyMap<string, number>, step: Step, index: number): boolean =>
  [step.onSuccess, step.onFailure].every((branch) => destination(positions, branch, index) === index);

/** After success this is what everybody means; after failure it ends the deployment as failed, which surprises. */
const nextOnLastStep = (step: Step, index: number): PackageFinding[] =>
  step.onFailure.go === 'next'
    ? [finding(step, index, 'onFailure', '“next” on the last step means Stop (Failure)')]
    : [];
