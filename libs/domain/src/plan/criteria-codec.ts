/** Criteria as the field of a condition step: docs/plan-format.md, "Criteria". */
import {
  comparisonOperators,
  criteriaDepthMax,
  criteriaMax,
  partsOf,
  registryViews,
  type ComparisonOperator,
  type Criterion,
  type CriterionLeaf,
} from '../package/criterion';
import { filetimeOf } from './filetime';
import {
  byteField,
  damaged,
  field,
  numberOf,
  optional,
  readFields,
  refuseUnknown,
  required,
  textField,
  textOf,
  u64,
  type Field,
} from './plan-fields';

/** A criterion's text, and any other text of a step that is not a command. */
export const planTextBytesMax = 8192;

const group = { all: 1, any: 2, not: 3 } as const;
const leafTag: Record<CriterionLeaf['type'], number> = {
  file: 16,
  fileProperty: 17,
  registryKey: 18,
  registryValue: 19,
  architecture: 20,
  os: 21,
  uninstallEntry: 22,
  environment: 23,
  service: 24,
};
const tag = { subject: 1, detail: 2, value: 3, test: 4, operator: 5, view: 6, kind: 7, filetime: 8 } as const;
/** Members by name, so that one table serves both directions. */
type Members = Partial<Record<string, string | number>>;

/** Numbered from 1 in this order, for every leaf. */
export const criterionTests = [
  'exists',
  'absent',
  'equals',
  'contains',
  'number',
  'version',
  'running',
  'stopped',
  'disabled',
] as const;
const properties = ['version', 'sizeBytes', 'modifiedAt'] as const;
const families = ['client', 'server'] as const;

interface LeafShape {
  /** Which member each text field holds; a question mark says that it may be absent. */
  texts: Partial<Record<'subject' | 'detail' | 'value', string>>;
  test?: readonly (typeof criterionTests)[number][];
  operator?: 'required' | 'optional';
  hasView?: true;
  kind?: { member: string; of: readonly (string | number)[]; isOptional?: true };
}

const existence = ['exists', 'absent'] as const;
const shapes: Record<CriterionLeaf['type'], LeafShape> = {
  file: { texts: { subject: 'path' }, test: existence },
  fileProperty: {
    texts: { subject: 'path', value: 'value' },
    operator: 'required',
    kind: { member: 'property', of: properties },
  },
  registryKey: { texts: { subject: 'key' }, test: existence, hasView: true },
  registryValue: {
    texts: { subject: 'key', detail: 'name', value: 'value?' },
    test: [...existence, 'equals', 'contains', 'number', 'version'],
    operator: 'optional',
    hasView: true,
  },
  architecture: { texts: {}, kind: { member: 'is', of: [32, 64] } },
  os: {
    texts: { detail: 'edition?', value: 'version?' },
    operator: 'optional',
    kind: { member: 'family', of: families, isOptional: true },
  },
  uninstallEntry: {
    texts: { subject: 'name', detail: 'publisher?', value: 'version?' },
    operator: 'optional',
    hasView: true,
  },
  environment: { texts: { subject: 'name', value: 'value?' }, test: [...existence, 'equals', 'contains'] },
  service: { texts: { subject: 'name' }, test: [...existence, 'running', 'stopped', 'disabled'] },
};

export const operatorNumber = (operator: ComparisonOperator): number =>
  comparisonOperators.indexOf(operator) + 1;

export function operatorOf(number: number, offset: number): ComparisonOperator {
  const operator = comparisonOperators[number - 1];
  if (operator === undefined) throw damaged(offset, 'operator');
  return operator;
}

export function encodeCriterion(criterion: Criterion): Buffer {
  if ('type' in criterion) return field(leafTag[criterion.type], encodeLeaf(criterion));
  const kind = 'all' in criterion ? 'all' : 'any' in criterion ? 'any' : 'not';
  return field(group[kind], Buffer.concat(partsOf(criterion).map(encodeCriterion)));
}

/** @param from holds exactly one criterion. */
export function decodeCriteria(from: Field): Criterion {
  let count = 0;
  const read = (one: Field, depth: number): Criterion => {
    count += 1;
    if (depth > criteriaDepthMax || count > criteriaMax) throw damaged(one.offset, 'too many criteria');
    if (one.tag !== group.all && one.tag !== group.any && one.tag !== group.not) return decodeLeaf(one);
    const parts = readFields(one).map((part) => read(part, depth + 1));
    const [first] = parts;
    if (first === undefined) throw damaged(one.offset, 'a group without criteria');
    if (one.tag === group.all) return { all: parts };
    if (one.tag === group.any) return { any: parts };
    if (parts.length > 1) throw damaged(one.offset, 'not of more than one');
    return { not: first };
  };
  const [root, ...more] = readFields(from);
  if (root === undefined || more.length > 0) throw damaged(from.offset, 'criteria');
  return read(root, 1);
}

function encodeLeaf(leaf: CriterionLeaf): Buffer {
  const { texts, kind } = shapes[leaf.type];
  const members = leaf as unknown as Members;
  const fields: Buffer[] = [];
  for (const place of ['subject', 'detail', 'value'] as const) {
    const text = members[texts[place]?.replace('?', '') ?? ''];
    if (typeof text === 'string') fields.push(textField(tag[place], text));
  }
  if ('test' in leaf) fields.push(byteField(tag.test, criterionTests.indexOf(leaf.test) + 1));
  if ('operator' in leaf && leaf.operator !== undefined)
    fields.push(byteField(tag.operator, operatorNumber(leaf.operator)));
  if ('view' in leaf) fields.push(byteField(tag.view, registryViews.indexOf(leaf.view) + 1));
  const chosen = kind && members[kind.member];
  if (kind && chosen !== undefined) fields.push(byteField(tag.kind, kind.of.indexOf(chosen) + 1));
  if (leaf.type === 'fileProperty' && leaf.property === 'modifiedAt') {
    // What is no instant (a variable's value) goes without a time, and then nothing compares with it.
    const instant = new Date(leaf.value);
    const filetime = Number.isNaN(instant.getTime()) ? 0n : filetimeOf(instant);
    if (filetime > 0n) fields.push(field(tag.filetime, u64(filetime)));
  }
  return Buffer.concat(fields);
}

function decodeLeaf(from: Field): CriterionLeaf {
  const found = Object.entries(leafTag).find(([, number]) => number === from.tag)?.[0];
  if (found === undefined) throw damaged(from.offset, `criterion ${from.tag}`);
  const type = found as CriterionLeaf['type'];
  const shape = shapes[type];
  const fields = readFields(from);
  const known = allowedTags(type, shape);
  refuseUnknown(fields, known);
  const members: Members = { type };
  for (const place of ['subject', 'detail', 'value'] as const) {
    const member = shape.texts[place];
    if (member === undefined) continue;
    const text = member.endsWith('?')
      ? optional(fields, tag[place])
      : required(fields, tag[place], from.offset);
    if (text) members[member.replace('?', '')] = textOf(text, planTextBytesMax);
  }
  if (shape.test)
    members['test'] = chosenOf(required(fields, tag.test, from.offset), criterionTests, shape.test);
  const operator = optional(fields, tag.operator);
  if (operator) members['operator'] = operatorOf(numberOf(operator, 1), operator.offset);
  else if (shape.operator === 'required') throw damaged(from.offset, 'no operator');
  if (shape.hasView) members['view'] = chosenOf(required(fields, tag.view, from.offset), registryViews);
  if (shape.kind) {
    const kind = shape.kind.isOptional ? optional(fields, tag.kind) : required(fields, tag.kind, from.offset);
    if (kind) members[shape.kind.member] = chosenOf(kind, shape.kind.of);
  }
  const filetime = optional(fields, tag.filetime);
  if (filetime && filetime.value.length !== 8) throw damaged(filetime.offset, 'time');
  return members as unknown as CriterionLeaf;
}

function allowedTags(type: CriterionLeaf['type'], shape: LeafShape): number[] {
  return [
    ...(['subject', 'detail', 'value'] as const).filter((place) => shape.texts[place]).map((p) => tag[p]),
    ...(shape.test ? [tag.test] : []),
    ...(shape.operator ? [tag.operator] : []),
    ...(shape.hasView ? [tag.view] : []),
    ...(shape.kind ? [tag.kind] : []),
    ...(type === 'fileProperty' ? [tag.filetime] : []),
  ];
}

function chosenOf<T>(from: Field, all: readonly T[], allowed: readonly T[] = all): T {
  const chosen = all[numberOf(from, 1) - 1];
  if (chosen === undefined || !allowed.includes(chosen)) throw damaged(from.offset, 'choice');
  return chosen;
}
