/**
 * Edits of a package's steps (PKG-4). Steps are named by their ids, so that an order can change without a branch changing
 * its meaning; `next` follows the order. No edit leaves a branch to nowhere: it is refused, or branches are re-pointed.
 */
import { stepsMax, type Branch, type Step } from './step';

export type StepEdit =
  /** `at`: the position that it gets, 0 for the first; at the end when left out. */
  | { do: 'add'; step: Step; at?: number | undefined }
  /** Puts another content in the place of the step with the same id. */
  | { do: 'replace'; step: Step }
  | { do: 'move'; id: string; to: number }
  /** The copy follows its original; branches of the original to itself lead to the copy in the copy. */
  | { do: 'duplicate'; id: string }
  /** `repointTo`, taken as it is written, replaces every branch to the step. */
  | { do: 'delete'; id: string; repointTo?: Branch | undefined };

export type EditedSteps =
  | { kind: 'edited'; steps: Step[] }
  /** `steps`: the names of those that stand in the way. */
  | { kind: 'refused'; because: string; steps: string[] };

/** Nothing given is changed. */
export function editSteps(steps: readonly Step[], edit: StepEdit): EditedSteps {
  switch (edit.do) {
    case 'add':
      return add(steps, edit.step, edit.at ?? steps.length);
    case 'replace':
      return replace(steps, edit.step);
    case 'move':
      return move(steps, edit.id, edit.to);
    case 'duplicate':
      return duplicate(steps, edit.id);
    case 'delete':
      return remove(steps, edit.id, edit.repointTo);
  }
}

/** Several edits, one after the other: all of them, or none. */
export function editAll(steps: readonly Step[], edits: readonly StepEdit[]): EditedSteps {
  let current: EditedSteps = { kind: 'edited', steps: [...steps] };
  for (const edit of edits) {
    current = editSteps(current.steps, edit);
    if (current.kind === 'refused') return current;
  }
  return current;
}

/** `base`, or `base` with the first number that no step has; at most 64 characters. */
export function freeId(steps: readonly Step[], base: string): string {
  const taken = new Set(steps.map(({ id }) => id));
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) {
    const ending = `-${number}`;
    const id = `${base.slice(0, idCharactersMax - ending.length)}${ending}`;
    if (!taken.has(id)) return id;
  }
}

const idCharactersMax = 64;
const nameCharactersMax = 255;

const edited = (steps: Step[]): EditedSteps => ({ kind: 'edited', steps });
const refused = (because: string, steps: string[] = []): EditedSteps => ({ kind: 'refused', because, steps });
const noSuchStep = (id: string): EditedSteps => refused(`there is no step with the id “${id}”`);

const branchFields = ['onSuccess', 'onFailure'] as const;
const leadsTo = (branch: Branch, id: string): boolean => branch.go === 'step' && branch.step === id;

/** The step's branches that lead to none of `ids`. */
const dangling = (step: Step, ids: ReadonlySet<string>): string[] =>
  branchFields.flatMap((field) => {
    const branch = step[field];
    return branch.go === 'step' && !ids.has(branch.step) ? [branch.step] : [];
  });

function add(steps: readonly Step[], step: Step, at: number): EditedSteps {
  if (steps.length >= stepsMax) return refused(`a package has at most ${stepsMax} steps`);
  const same = steps.find(({ id }) => id === step.id);
  if (same) return refused(`the id “${step.id}” is taken by “${same.name}”`, [same.name]);
  if (!isPosition(at, steps.length + 1)) return refused(`position ${at} is not among the steps`);
  const [nowhere] = dangling(step, new Set([...steps.map(({ id }) => id), step.id]));
  if (nowhere !== undefined)
    return refused(`it leads to step “${nowhere}”, which does not exist`, [step.name]);
  return edited([...steps.slice(0, at), step, ...steps.slice(at)]);
}

function replace(steps: readonly Step[], step: Step): EditedSteps {
  if (!steps.some(({ id }) => id === step.id)) return noSuchStep(step.id);
  const [nowhere] = dangling(step, new Set(steps.map(({ id }) => id)));
  if (nowhere !== undefined)
    return refused(`it leads to step “${nowhere}”, which does not exist`, [step.name]);
  return edited(steps.map((old) => (old.id === step.id ? step : old)));
}

function move(steps: readonly Step[], id: string, to: number): EditedSteps {
  const moved = steps.find((step) => step.id === id);
  if (!moved) return noSuchStep(id);
  if (!isPosition(to, steps.length)) return refused(`position ${to} is not among the steps`);
  const others = steps.filter((step) => step !== moved);
  return edited([...others.slice(0, to), moved, ...others.slice(to)]);
}

function duplicate(steps: readonly Step[], id: string): EditedSteps {
  const at = steps.findIndex((step) => step.id === id);
  const original = steps[at];
  if (!original) return noSuchStep(id);
  const copyId = freeId(steps, id);
  const name = `${original.name.slice(0, nameCharactersMax - ' (copy)'.length)} (copy)`;
  const own = (branch: Branch): Branch => (leadsTo(branch, id) ? { go: 'step', step: copyId } : branch);
  const copy: Step = {
    ...original,
    id: copyId,
    name,
    onSuccess: own(original.onSuccess),
    onFailure: own(original.onFailure),
  };
  return add(steps, copy, at + 1);
}

function remove(steps: readonly Step[], id: string, repointTo: Branch | undefined): EditedSteps {
  const others = steps.filter((step) => step.id !== id);
  if (others.length === steps.length) return noSuchStep(id);
  if (others.length === 0) return refused('a package has at least one step');
  const leading = others.filter((step) => branchFields.some((field) => leadsTo(step[field], id)));
  if (leading.length === 0) return edited(others);
  const names = leading.map(({ name }) => name);
  if (!repointTo)
    return refused(`it is where ${names.map((name) => `“${name}”`).join(', ')} can lead`, names);
  if (repointTo.go === 'step' && !others.some((step) => step.id === repointTo.step))
    return refused(`its branches cannot lead to step “${repointTo.step}”, which does not exist`, names);
  const repointed = (branch: Branch): Branch => (leadsTo(branch, id) ? repointTo : branch);
  return edited(
    others.map((step) => ({
      ...step,
      onSuccess: repointed(step.onSuccess),
      onFailure: repointed(step.onFailure),
    })),
  );
}

const isPosition = (at: number, count: number): boolean => Number.isInteger(at) && at >= 0 && at < count;
