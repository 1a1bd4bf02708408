/**
 * What is wrong, and what is merely odd, about a package's content. The catalogue refuses errors when a package is
 * saved and hands warnings back; the command line runs the same check on a file before anything is sent.
 */
import type { PackageContent } from './package';
import { usesPackageShare, packageShareToken, textsOf, tokensIn, variableNamePattern } from './step-texts';
import type { Branch, Step } from './step';
import { stepErrors, stepWarnings } from './validate-step';

/** `path` is where the finding is in the content, as in `steps.2.onFailure`; `step` is the step's name, '' for the package. */
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

/** What is looked at; left out, the other members have their defaults. */
type Validated = Pick<PackageContent, 'steps'> & Partial<PackageContent>;

/** Errors and warnings in the order of the steps. An empty list of errors means that `planFor` succeeds. */
export function validatePackage(content: Validated): PackageFindings {
  const { steps } = content;
  const positions = positionsById(steps);
  const errors = [
    ...variableErrors(content),
    ...labelErrors(content),
    ...steps.flatMap((step, index) => [
      ...duplicateId(steps, positions, step, index),
      ...branchToNowhere(positions, step, index, 'onSuccess'),
      ...branchToNowhere(positions, step, index, 'onFailure'),
      ...stepErrors(step).map(({ field, message }) => finding(step, index, field, message)),
      ...secretShown(content, step, index),
    ]),
  ];
  if (errors.length === 0) errors.push(...shareAfterRestart(content, positions));
  return { errors, warnings: errors.length > 0 ? [] : warningsOf(steps, positions) };
}

/** Positions of the steps that can be reached from the first one. */
export const reachableSteps = (steps: readonly Step[]): Set<number> =>
  reachableFrom(steps, positionsById(steps), 0);

function reachableFrom(
  steps: readonly Step[],
  positions: ReadonlyMap<string, number>,
  first: number,
): Set<number> {
  const reached = new Set<number>();
  const waiting = [first];
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

function variableErrors({ variables = [] }: Validated): PackageFinding[] {
  const seen = new Set([packageShareToken.toLowerCase()]);
  return variables.flatMap(({ name, default: value, isSecret }, index) => {
    const wrong = (field: string, message: string): PackageFinding => ({
      path: `variables.${index}.${field}`,
      step: '',
      field,
      message: `variable “${name}”: ${message}`,
    });
    const isTaken = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    return [
      ...(variableNamePattern.test(name) ? [] : [wrong('name', 'letters, digits and _ make a name')]),
      ...(isTaken ? [wrong('name', 'the name is taken; case makes no difference')] : []),
      ...(isSecret && value !== undefined
        ? [
            wrong(
              'default',
              'a secret value is given when the package is deployed, and is never in the package',
            ),
          ]
        : []),
    ];
  });
}

function labelErrors({ labels = [] }: Validated): PackageFinding[] {
  const seen = new Set<string>();
  return labels.flatMap((label, index) => {
    const key = label.toLowerCase();
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `label “${label}”: is there twice; case makes no difference`;
    return [{ path: `labels.${index}`, step: '', field: 'labels', message }];
  });
}

/** Steps that hand a secret to nobody's process: shown on a screen, or used as the name of something. */
function secretShown({ variables = [] }: Validated, step: Step, index: number): PackageFinding[] {
  const hasEnvironment = ['command', 'powershell', 'installer', 'script'].includes(step.type);
  const secrets = variables.filter((variable) => variable.isSecret).map(({ name }) => name.toLowerCase());
  if (hasEnvironment || secrets.length === 0) return [];
  return textsOf(step).flatMap(({ field, text }) => {
    const used = tokensIn(text).find((name) => secrets.includes(name));
    return used === undefined
      ? []
      : [finding(step, index, field, `the secret variable “${used}” works only in steps that run a command`)];
  });
}

/** In pull mode the runner has forgotten the share's credential after a restart (SHR-4). */
function shareAfterRestart(
  { steps, copyMode = 'pull' }: Validated,
  positions: ReadonlyMap<string, number>,
): PackageFinding[] {
  if (copyMode === 'push') return [];
  const found = new Map<number, PackageFinding>();
  const reached = reachableFrom(steps, positions, 0);
  steps.forEach((restart, index) => {
    const first = destination(positions, restart.onSuccess, index);
    if (restart.type !== 'restart' || first === undefined || !reached.has(index)) return;
    for (const after of reachableFrom(steps, positions, first)) {
      const step = steps[after];
      if (!step || found.has(after) || !usesPackageShare(step)) continue;
      const message = `reads {PackageShare} and can follow the restart in step ${index + 1} “${restart.name}”; no credential for the share outlives a restart, so choose the copy mode push`;
      found.set(after, finding(step, after, 'type', message));
    }
  });
  return [...found.values()];
}

function warningsOf(steps: readonly Step[], positions: ReadonlyMap<string, number>): PackageFinding[] {
  const reached = reachableSteps(steps);
  return steps.flatMap((step, index) => {
    const warnings = stepWarnings(step).map(({ field, message }) => finding(step, index, field, message));
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
