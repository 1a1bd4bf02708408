/** What changed between two versions of a package (PKG-3), in the order in which the later one is read. */
import type { PackageContent } from './package';
import type { Step } from './step';

export type PackageChange =
  | { kind: 'optionChanged'; field: string; before: unknown; after: unknown }
  | { kind: 'stepAdded'; id: string; name: string; position: number }
  | { kind: 'stepRemoved'; id: string; name: string; position: number }
  /** Its place among the steps that are in both. */
  | { kind: 'stepMoved'; id: string; name: string; from: number; to: number }
  /** `before` or `after` is missing when the field is not there. */
  | { kind: 'stepChanged'; id: string; name: string; field: string; before?: unknown; after?: unknown };

/** Positions count from 0. Steps are the same when their ids are. Empty for equal contents. */
export function compareVersions(before: PackageContent, after: PackageContent): PackageChange[] {
  const { steps: stepsBefore, ...optionsBefore } = before;
  const { steps: stepsAfter, ...optionsAfter } = after;
  return [
    ...changedMembers(optionsBefore, optionsAfter).map(
      ({ field, before: was, after: is }): PackageChange => ({
        kind: 'optionChanged',
        field,
        before: was ?? null,
        after: is ?? null,
      }),
    ),
    ...compareSteps(stepsBefore, stepsAfter),
  ];
}

function compareSteps(before: readonly Step[], after: readonly Step[]): PackageChange[] {
  const was = new Map(before.map((step, index) => [step.id, { step, index }]));
  const ids = new Set(after.map(({ id }) => id));
  const staying = inOrder(after.flatMap(({ id }) => was.get(id)?.index ?? []));
  const removed = before.flatMap((step, position): PackageChange[] =>
    ids.has(step.id) ? [] : [{ kind: 'stepRemoved', id: step.id, name: step.name, position }],
  );
  const rest = after.flatMap((step, position): PackageChange[] => {
    const { id, name } = step;
    const old = was.get(id);
    if (!old) return [{ kind: 'stepAdded', id, name, position }];
    const changed = changedMembers(old.step, step).map((change): PackageChange => ({
      kind: 'stepChanged',
      id,
      name,
      ...change,
    }));
    if (staying.has(old.index)) return changed;
    return [{ kind: 'stepMoved', id, name, from: old.index, to: position }, ...changed];
  });
  return [...removed, ...rest];
}

interface MemberChange {
  field: string;
  before?: unknown;
  after?: unknown;
}

function changedMembers(before: object, after: object): MemberChange[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const current = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((field): MemberChange[] => {
    const [was, is] = [old.get(field), current.get(field)];
    if (isSame(was, is)) return [];
    return [{ field, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** Compares as JSON does, whatever the order of members. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = new Map<string, unknown>(Object.entries(one));
  const right = new Map<string, unknown>(Object.entries(other));
  return [...new Set([...left.keys(), ...right.keys()])].every((key) =>
    isSame(left.get(key), right.get(key)),
  );
}

/** The numbers of one longest rising series among distinct numbers: what need not be called moved. */
function inOrder(numbers: readonly number[]): Set<number> {
  const lengths: number[] = [];
  const previous: number[] = [];
  let last = -1;
  numbers.forEach((number, index) => {
    let best = -1;
    for (let at = 0; at < index; at += 1)
      if ((numbers[at] ?? 0) < number && (best < 0 || (lengths[at] ?? 0) > (lengths[best] ?? 0))) best = at;
    lengths[index] = (lengths[best] ?? 0) + 1;
    previous[index] = best;
    if (last < 0 || (lengths[index] ?? 0) > (lengths[last] ?? 0)) last = index;
  });
  const series = new Set<number>();
  for (let at = last; at >= 0; at = previous[at] ?? -1) series.add(numbers[at] ?? 0);
  return series;
}
