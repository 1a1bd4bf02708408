/** One step as the fields of a plan: docs/plan-format.md, "Steps". */
import type { ExitCodes } from '../package/exit-codes';
import type { Action } from '../package/resulting-command';
import {
  decodeCriteria,
  encodeCriterion,
  operatorNumber,
  operatorOf,
  planTextBytesMax,
} from './criteria-codec';
import type { PlanBranch, PlanStep } from './plan';
import {
  damaged,
  field,
  numberOf,
  optional,
  optionalBit,
  readFields,
  refuseUnknown,
  required,
  textField,
  textOf,
  u16,
  u32,
  type Field,
} from './plan-fields';

export const stepNameBytesMax = 1024;
/** In each of the four lists. */
export const successCodesMax = 256;
/** 32,000 UTF-16 units are at most this many bytes of UTF-8. */
const commandBytesMax = 96_000;
const branchStopSuccess = 0xfffffffe;
const branchStopFailure = 0xffffffff;

const tag = {
  type: 1,
  command: 2,
  successCodes: 3,
  onSuccess: 4,
  onFailure: 5,
  timeoutSeconds: 6,
  restartNeededCodes: 7,
  restartBegunCodes: 8,
  tryAgainCodes: 9,
  flags: 10,
  number: 11,
  text: 12,
  secondText: 13,
  productCode: 14,
  version: 15,
  criteria: 16,
  name: optionalBit | 1,
} as const;

const types: readonly Action['type'][] = [
  'command',
  'process',
  'killProcess',
  'condition',
  'msiUninstall',
  'restart',
  'copyFiles',
  'wait',
  'message',
];

const codeLists = ['successCodes', 'restartNeededCodes', 'restartBegunCodes', 'tryAgainCodes'] as const;
const everyStep = [tag.type, tag.onSuccess, tag.onFailure, tag.timeoutSeconds, tag.name];
const exitCodeTags = [...codeLists.map((list) => tag[list]), tag.flags];
/** What each type may hold besides `everyStep`. */
const allowed: Record<Action['type'], readonly number[]> = {
  command: [tag.command, ...exitCodeTags],
  process: [tag.command, ...exitCodeTags],
  killProcess: [tag.flags, tag.number, tag.text],
  condition: [tag.criteria],
  msiUninstall: [tag.text, tag.secondText, tag.productCode, tag.version, ...exitCodeTags],
  restart: [tag.number, tag.text],
  copyFiles: [tag.flags, tag.text, tag.secondText],
  wait: [tag.number],
  message: [tag.number, tag.text, tag.secondText],
};

const anyCodeFlag = 1;
const killFlags = { force: 1, children: 2 } as const;
const recurseFlag = 1;
/** Numbered from 0 in bits 1 and 2 of the flags. */
const overwrites = ['always', 'newer', 'never'] as const;

export function encodeStep(step: PlanStep): Buffer {
  return Buffer.concat([
    field(tag.type, u16(types.indexOf(step.type) + 1)),
    textField(tag.name, step.name),
    ...encodeAction(step),
    field(tag.onSuccess, u32(encodeBranch(step.onSuccess))),
    field(tag.onFailure, u32(encodeBranch(step.onFailure))),
    ...(step.timeoutSeconds === undefined ? [] : [field(tag.timeoutSeconds, u32(step.timeoutSeconds))]),
  ]);
}

export function decodeStep(from: Field, stepCount: number): PlanStep {
  const fields = readFields(from);
  const type = types[numberOf(required(fields, tag.type, from.offset), 2) - 1];
  if (type === undefined) throw damaged(from.offset, 'step type');
  refuseUnknown(fields, [...everyStep, ...allowed[type]]);
  const timeout = optional(fields, tag.timeoutSeconds);
  const timeoutSeconds = timeout && numberOf(timeout, 4);
  if (timeoutSeconds === 0) throw damaged(from.offset, 'time limit');
  return {
    ...decodeAction(type, fields, from.offset),
    name: fields.find((f) => f.tag === tag.name)?.value.toString('utf8') ?? '',
    onSuccess: decodeBranch(required(fields, tag.onSuccess, from.offset), stepCount),
    onFailure: decodeBranch(required(fields, tag.onFailure, from.offset), stepCount),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
}

function encodeAction(step: PlanStep): Buffer[] {
  switch (step.type) {
    case 'command':
      return [textField(tag.command, step.command), ...encodeExitCodes(step)];
    case 'process':
      return [textField(tag.command, step.commandLine), ...encodeExitCodes(step)];
    case 'killProcess': {
      const flags = (step.force ? killFlags.force : 0) | (step.children ? killFlags.children : 0);
      const what =
        step.pid === undefined ? textField(tag.text, step.image ?? '') : field(tag.number, u32(step.pid));
      return [field(tag.flags, u32(flags)), what];
    }
    case 'condition':
      return [field(tag.criteria, encodeCriterion(step.criteria))];
    case 'msiUninstall':
      return [
        ...(step.productCode === undefined ? [] : [textField(tag.productCode, step.productCode)]),
        ...(step.productName === undefined ? [] : [textField(tag.text, step.productName)]),
        ...(step.publisher === undefined ? [] : [textField(tag.secondText, step.publisher)]),
        ...(step.version === undefined
          ? []
          : [
              field(
                tag.version,
                Buffer.concat([
                  Buffer.from([operatorNumber(step.version.operator)]),
                  Buffer.from(step.version.value, 'utf8'),
                ]),
              ),
            ]),
        ...encodeExitCodes(step),
      ];
    case 'restart':
      return [field(tag.number, u32(step.delaySeconds)), textField(tag.text, step.message)];
    case 'copyFiles': {
      const flags = (step.recurse ? recurseFlag : 0) | (overwrites.indexOf(step.overwrite) << 1);
      return [
        field(tag.flags, u32(flags)),
        textField(tag.text, step.from),
        textField(tag.secondText, step.to),
      ];
    }
    case 'wait':
      return [field(tag.number, u32(step.seconds))];
    case 'message':
      return [
        field(tag.number, u32(step.seconds)),
        textField(tag.text, step.text),
        textField(tag.secondText, step.title),
      ];
  }
}

function decodeAction(type: Action['type'], fields: Field[], offset: number): Action {
  const text = (from: number): string => textOf(required(fields, from, offset), planTextBytesMax);
  const number = (from: number): number => numberOf(required(fields, from, offset), 4);
  switch (type) {
    case 'command':
    case 'process': {
      const line = textOf(required(fields, tag.command, offset), commandBytesMax);
      const codes = decodeExitCodes(fields, offset);
      return type === 'command' ? { type, command: line, ...codes } : { type, commandLine: line, ...codes };
    }
    case 'killProcess': {
      const flags = numberUpTo(required(fields, tag.flags, offset), killFlags.force | killFlags.children);
      const hasPid = optional(fields, tag.number) !== undefined;
      if (hasPid === (optional(fields, tag.text) !== undefined)) throw damaged(offset, 'process to end');
      return {
        type,
        ...(hasPid ? { pid: number(tag.number) } : { image: text(tag.text) }),
        force: (flags & killFlags.force) !== 0,
        children: (flags & killFlags.children) !== 0,
      };
    }
    case 'condition':
      return { type, criteria: decodeCriteria(required(fields, tag.criteria, offset)) };
    case 'msiUninstall':
      return decodeMsiUninstall(fields, offset);
    case 'restart':
      return { type, delaySeconds: number(tag.number), message: text(tag.text) };
    case 'copyFiles': {
      const flags = required(fields, tag.flags, offset);
      const bits = numberUpTo(flags, recurseFlag | (2 << 1));
      const overwrite = overwrites[bits >> 1];
      if (overwrite === undefined) throw damaged(flags.offset, 'flags');
      const recurse = (bits & recurseFlag) !== 0;
      return { type, from: text(tag.text), to: text(tag.secondText), overwrite, recurse };
    }
    case 'wait':
      return { type, seconds: number(tag.number) };
    case 'message':
      return { type, text: text(tag.text), title: text(tag.secondText), seconds: number(tag.number) };
  }
}

function decodeMsiUninstall(fields: Field[], offset: number): Action {
  const textIfThere = (from: number): string | undefined => {
    const found = optional(fields, from);
    return found && textOf(found, planTextBytesMax);
  };
  const productCode = textIfThere(tag.productCode);
  const productName = textIfThere(tag.text);
  const publisher = textIfThere(tag.secondText);
  const version = optional(fields, tag.version);
  if ((productCode === undefined) === (productName === undefined)) throw damaged(offset, 'product');
  const comparison = version && {
    operator: operatorOf(version.value[0] ?? 0, version.offset),
    value: textOf({ ...version, value: version.value.subarray(1) }, planTextBytesMax),
  };
  return {
    type: 'msiUninstall',
    ...(productCode !== undefined && { productCode }),
    ...(productName !== undefined && { productName }),
    ...(publisher !== undefined && { publisher }),
    ...(comparison !== undefined && { version: comparison }),
    ...decodeExitCodes(fields, offset),
  };
}

function encodeExitCodes(codes: ExitCodes): Buffer[] {
  const lists = codeLists.flatMap((list) => {
    const numbers = codes[list];
    return numbers ? [field(tag[list], Buffer.concat(numbers.map((code) => u32(code >>> 0))))] : [];
  });
  return codes.anyCode === undefined
    ? lists
    : [...lists, field(tag.flags, u32(codes.anyCode ? anyCodeFlag : 0))];
}

function decodeExitCodes(fields: Field[], offset: number): ExitCodes {
  const codesOf = (from: Field): number[] => {
    if (from.value.length % 4 !== 0 || from.value.length > successCodesMax * 4)
      throw damaged(from.offset, 'exit codes');
    return Array.from({ length: from.value.length / 4 }, (_, i) => from.value.readUInt32LE(i * 4));
  };
  const flags = optional(fields, tag.flags);
  const codes: ExitCodes = { successCodes: codesOf(required(fields, tag.successCodes, offset)) };
  for (const list of codeLists) {
    const found = optional(fields, tag[list]);
    if (found) codes[list] = codesOf(found);
  }
  if (flags) codes.anyCode = numberUpTo(flags, anyCodeFlag) === anyCodeFlag;
  return codes;
}

/** Bits that this version does not know would change the meaning. */
function numberUpTo(from: Field, max: number): number {
  const number = numberOf(from, 4);
  if (number > max) throw damaged(from.offset, 'flags');
  return number;
}

function encodeBranch(branch: PlanBranch): number {
  if (branch === 'stopSuccess') return branchStopSuccess;
  return branch === 'stopFailure' ? branchStopFailure : branch;
}

function decodeBranch(from: Field, stepCount: number): PlanBranch {
  const value = numberOf(from, 4);
  if (value === branchStopSuccess) return 'stopSuccess';
  if (value === branchStopFailure) return 'stopFailure';
  if (value >= stepCount) throw damaged(from.offset, 'branch');
  return value;
}
