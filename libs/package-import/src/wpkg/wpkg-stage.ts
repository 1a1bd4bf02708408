/** One stage of a WPKG package as the steps of a Drover package: check first, do, check again. */
import {
  criteriaMax,
  criterionText,
  type ConditionStep,
  type Criterion,
  type ExitCodes,
  type Step,
} from '@drover/domain';
import { next, shortName, stopFailure, stopSuccess, toStep } from '../step-building';
import { criterionOf, type HostContext, type HostFact } from './host-facts';

/** A check that is asked by a criterion, or by the exit code of a command. */
export type CheckPart = { criterion: Criterion } | { command: string; codes: ExitCodes };

export interface StageCommand {
  name: string;
  command: string;
  codes: ExitCodes;
  timeoutSeconds?: number;
  condition?: Criterion;
}

/** What a stage does on one kind of computer. */
export interface Chain {
  /** When all of them hold there is nothing to do; `absent`: when one of them does not hold. */
  before: CheckPart[];
  commands: StageCommand[];
  after: CheckPart[];
  /** For removals the checks are the other way round. */
  isRemoval: boolean;
}

export interface Variant {
  context: HostContext;
  chain: Chain;
}

/** Empty when no kind of computer has anything to do. */
export function stageSteps(variants: readonly Variant[], facts: readonly HostFact[]): Step[] {
  if (variants.every(({ chain }) => chain.commands.length === 0)) return [];
  const groups = grouped(onlyRelevant(variants, facts), facts);
  const built = groups.map(({ chain }, index) => chainSteps(chain, index === 0 ? '' : `-${index + 1}`));
  return groups.flatMap(({ criterion }, index): Step[] => {
    const own = built[index] ?? [];
    if (index === groups.length - 1 || !criterion) return own;
    const following = groups[index + 1];
    const isLast = index + 1 === groups.length - 1;
    const otherwise = isLast ? built[index + 1]?.[0]?.id : following && `kind-${index + 2}`;
    const condition: ConditionStep = {
      id: `kind-${index + 1}`,
      name: shortName(`Which computer: ${criterionText(criterion)}`),
      type: 'condition',
      criteria: criterion,
      onSuccess: own.length > 0 ? next : stopSuccess,
      onFailure: otherwise === undefined ? stopSuccess : toStep(otherwise),
    };
    return [condition, ...own];
  });
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Leaves out the facts that make no difference to what is done. */
function onlyRelevant(variants: readonly Variant[], facts: readonly HostFact[]): Variant[] {
  let left = [...variants];
  for (const { key } of facts) {
    const without = (context: HostContext): string =>
      JSON.stringify([...context].filter(([name]) => name !== key));
    const makesNoDifference = left.every((variant) =>
      left.every(
        (other) => without(variant.context) !== without(other.context) || same(variant.chain, other.chain),
      ),
    );
    if (!makesNoDifference) continue;
    const kept = new Map(left.map((variant) => [without(variant.context), variant]));
    left = [...kept.values()].map(({ context, chain }) => ({
      context: new Map([...context].filter(([name]) => name !== key)),
      chain,
    }));
  }
  return left;
}

interface Group {
  chain: Chain;
  criterion: Criterion | undefined;
  count: number;
}

/** Kinds of computers with the same chain together; the one for most kinds comes last and needs no criterion. */
function grouped(variants: readonly Variant[], facts: readonly HostFact[]): Group[] {
  const groups = new Map<string, { chain: Chain; contexts: HostContext[] }>();
  for (const { chain, context } of variants) {
    const key = JSON.stringify(chain);
    const group = groups.get(key) ?? { chain, contexts: [] };
    group.contexts.push(context);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ chain, contexts }): Group => {
      const criteria = contexts.flatMap(
        (context) =>
          criterionOf(
            context,
            facts.filter(({ key }) => context.has(key)),
          ) ?? [],
      );
      const [only, second] = criteria;
      return {
        chain,
        criterion: only && second ? { any: criteria } : only,
        count:
          contexts.length +
          (contexts.some((context) => [...context.values()].every((held) => !held)) ? 0.5 : 0),
      };
    })
    .sort((one, other) => one.count - other.count);
}

function chainSteps({ before, commands, after, isRemoval }: Chain, suffix: string): Step[] {
  const first = commands[0];
  if (!first) return [];
  const firstId = first.condition ? `if-1${suffix}` : `do-1${suffix}`;
  const checks = before.map((part, index): Step => {
    const isLast = index === before.length - 1;
    const done = isRemoval ? stopSuccess : toStep(firstId);
    return checkStep(part, {
      id: `check-${index + 1}${suffix}`,
      name: isRemoval ? 'Is it there to be removed?' : 'Is it there already?',
      onSuccess: isLast ? (isRemoval ? next : stopSuccess) : next,
      onFailure: done,
    });
  });
  const verifyId = after.length > 0 ? `verify-1${suffix}` : undefined;
  const doing = commands.flatMap((command, index) => {
    const following = commands[index + 1];
    const then =
      following === undefined
        ? verifyId === undefined
          ? stopSuccess
          : toStep(verifyId)
        : toStep(`${following.condition ? 'if' : 'do'}-${index + 2}${suffix}`);
    return commandSteps(command, `${index + 1}${suffix}`, then);
  });
  const verifying = after.map((part, index): Step => {
    const isLast = index === after.length - 1;
    const holds = isLast ? stopSuccess : next;
    return checkStep(part, {
      id: `verify-${index + 1}${suffix}`,
      name: isRemoval ? 'Is it gone?' : 'Is it there, as it should be?',
      onSuccess: isRemoval ? stopFailure : holds,
      onFailure: isRemoval ? holds : stopFailure,
    });
  });
  return [...checks, ...doing, ...verifying];
}

type StepFrame = Pick<Step, 'id' | 'name' | 'onSuccess' | 'onFailure'>;

const checkStep = (part: CheckPart, frame: StepFrame): Step =>
  'criterion' in part
    ? { ...frame, type: 'condition', criteria: part.criterion }
    : { ...frame, type: 'command', command: part.command, ...part.codes };

function commandSteps(command: StageCommand, number: string, then: Step['onSuccess']): Step[] {
  const { name, condition, codes, timeoutSeconds } = command;
  const step: Step = {
    id: `do-${number}`,
    name,
    type: 'command',
    command: command.command,
    ...codes,
    onSuccess: then.go === 'step' ? next : then,
    onFailure: stopFailure,
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  if (!condition) return [step];
  const asked: Step = {
    id: `if-${number}`,
    name: shortName(`Whether to: ${name}`),
    type: 'condition',
    criteria: condition,
    onSuccess: next,
    onFailure: then,
  };
  return [asked, step];
}

/** Several criteria as one, while a step can hold them. */
export function together(criteria: readonly Criterion[]): Criterion | undefined {
  const [first, second] = criteria;
  if (second === undefined || criteria.length > criteriaMax) return first;
  return { all: [...criteria] };
}
