/**
 * The plan as bytes: docs/plan-format.md, "Plan". One registry value carries all of it, so that a runner reads either
 * a whole plan or none. Fields are tagged and lengthed, which leaves room for further step types and options; a tag
 * with the top bit set may be skipped by a reader that does not know it, any other unknown tag refuses the plan.
 */
import { maximumDurationSecondsMax } from '../package/package';
import { commandCharactersMax, stepsMax } from '../package/step';
import { DomainError } from '../domain-error';
import { crc32 } from './crc32';
import { dateOfFiletime, filetimeOf } from './filetime';
import type { CommandPlanStep, Plan, PlanBranch, PlanStep } from './plan';

/** Below what one value may hold over [MS-RRP] BaseRegSetValue, and what the runner reserves. */
export const planBytesMax = 512 * 1024;
export const successCodesMax = 256;
export const stepNameBytesMax = 1024;
/** A folder, key and task are named by it. */
export const attemptNamePattern = /^[0-9A-Za-z-]{1,48}$/;

const magic = Buffer.from('DRVP', 'latin1');
const version = 1;
const headerBytes = 12;
const fieldHeaderBytes = 6;
const checksumBytes = 4;
const optionalBit = 0x8000;
const branchStopSuccess = 0xfffffffe;
const branchStopFailure = 0xffffffff;
const typeNumbers = { command: 1 } as const;

const planTag = { attemptName: 1, maximumDurationSeconds: 2, retainUntil: 3, step: 4 } as const;
const stepTag = {
  type: 1,
  command: 2,
  successCodes: 3,
  onSuccess: 4,
  onFailure: 5,
  name: optionalBit | 1,
} as const;

/**
 * The bytes of the value `plan`. The same plan gives the same bytes.
 * @throws DomainError 'invalid' for what the format cannot say, 'tooLarge' beyond `planBytesMax`.
 */
export function encodePlan(plan: Plan): Buffer {
  checkPlan(plan);
  const body = Buffer.concat([
    field(planTag.attemptName, Buffer.from(plan.attemptName, 'ascii')),
    field(planTag.maximumDurationSeconds, u32(plan.maximumDurationSeconds)),
    field(planTag.retainUntil, u64(filetimeOf(plan.retainUntil))),
    ...plan.steps.map((step) => field(planTag.step, encodeStep(step))),
  ]);
  const sizeBytes = headerBytes + body.length + checksumBytes;
  if (sizeBytes > planBytesMax)
    throw new DomainError(
      'tooLarge',
      `the plan has ${sizeBytes} bytes; at most ${planBytesMax} fit on a computer`,
    );
  const head = Buffer.alloc(headerBytes);
  magic.copy(head);
  head.writeUInt16LE(version, 4);
  head.writeUInt32LE(sizeBytes, 8);
  const checked = Buffer.concat([head, body]);
  return Buffer.concat([checked, u32(crc32(checked))]);
}

/**
 * Reads what `encodePlan` wrote. Every length is distrusted.
 * @throws DomainError 'damaged', with the byte offset where reading stopped making sense.
 */
export function decodePlan(bytes: Buffer): Plan {
  if (bytes.length < headerBytes + checksumBytes || bytes.length > planBytesMax) throw damaged(0, 'size');
  if (!bytes.subarray(0, 4).equals(magic)) throw damaged(0, 'magic');
  if (bytes.readUInt16LE(4) !== version) throw damaged(4, 'version');
  if (bytes.readUInt16LE(6) !== 0) throw damaged(6, 'flags');
  if (bytes.readUInt32LE(8) !== bytes.length) throw damaged(8, 'size');
  const end = bytes.length - checksumBytes;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) throw damaged(end, 'checksum');

  const fields = readFields(bytes, headerBytes, end);
  const stepFields = fields.filter((f) => f.tag === planTag.step);
  if (stepFields.length === 0 || stepFields.length > stepsMax) throw damaged(headerBytes, 'number of steps');
  refuseUnknown(fields, Object.values(planTag));
  const name = one(fields, planTag.attemptName, headerBytes);
  const retainUntil = dateOfFiletime(number(one(fields, planTag.retainUntil, headerBytes), 8));
  if (retainUntil === undefined) throw damaged(headerBytes, 'retention');
  const plan: Plan = {
    attemptName: name.value.toString('latin1'),
    maximumDurationSeconds: Number(number(one(fields, planTag.maximumDurationSeconds, headerBytes), 4)),
    retainUntil,
    steps: stepFields.map((f) => decodeStep(f, stepFields.length)),
  };
  if (!attemptNamePattern.test(plan.attemptName)) throw damaged(name.offset, 'attempt name');
  if (plan.maximumDurationSeconds < 1 || plan.maximumDurationSeconds > maximumDurationSecondsMax)
    throw damaged(headerBytes, 'maximum duration');
  return plan;
}

interface Field {
  tag: number;
  offset: number;
  value: Buffer;
}

function encodeStep(step: PlanStep): Buffer {
  const { type, successCodes, command } = commandStep(step);
  return Buffer.concat([
    field(stepTag.type, u16(typeNumbers[type])),
    field(stepTag.name, Buffer.from(step.name, 'utf8')),
    field(stepTag.command, Buffer.from(command, 'utf8')),
    field(stepTag.successCodes, Buffer.concat(successCodes.map((code) => u32(code >>> 0)))),
    field(stepTag.onSuccess, u32(encodeBranch(step.onSuccess))),
    field(stepTag.onFailure, u32(encodeBranch(step.onFailure))),
  ]);
}

function decodeStep(from: Field, stepCount: number): CommandPlanStep {
  const fields = readFields(from.value, 0, from.value.length, from.offset);
  refuseUnknown(fields, Object.values(stepTag));
  const type = number(one(fields, stepTag.type, from.offset), 2);
  if (type !== BigInt(typeNumbers.command)) throw damaged(from.offset, 'step type');
  const command = one(fields, stepTag.command, from.offset);
  const codes = one(fields, stepTag.successCodes, from.offset);
  if (codes.value.length % 4 !== 0 || codes.value.length > successCodesMax * 4)
    throw damaged(codes.offset, 'success codes');
  if (command.value.includes(0)) throw damaged(command.offset, 'command');
  const branch = (tag: number): PlanBranch => {
    const found = one(fields, tag, from.offset);
    const value = Number(number(found, 4));
    if (value === branchStopSuccess) return 'stopSuccess';
    if (value === branchStopFailure) return 'stopFailure';
    if (value >= stepCount) throw damaged(found.offset, 'branch');
    return value;
  };
  return {
    name: fields.find((f) => f.tag === stepTag.name)?.value.toString('utf8') ?? '',
    type: 'command',
    command: command.value.toString('utf8'),
    successCodes: Array.from({ length: codes.value.length / 4 }, (_, i) => codes.value.readUInt32LE(i * 4)),
    onSuccess: branch(stepTag.onSuccess),
    onFailure: branch(stepTag.onFailure),
  };
}

function commandStep(step: PlanStep): CommandPlanStep {
  if (step.type === 'command') return step;
  throw new DomainError(
    'invalid',
    `version ${version} of the plan cannot hold a step of the type ${step.type}`,
  );
}

function checkPlan(plan: Plan): void {
  const invalid = (what: string): DomainError => new DomainError('invalid', `a plan cannot hold ${what}`);
  if (!attemptNamePattern.test(plan.attemptName)) throw invalid('this attempt name');
  const seconds = plan.maximumDurationSeconds;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > maximumDurationSecondsMax)
    throw invalid(`a maximum duration of ${seconds} s`);
  if (!(filetimeOf(plan.retainUntil) > 0n)) throw invalid('a retention before 1601');
  if (plan.steps.length === 0 || plan.steps.length > stepsMax) throw invalid(`${plan.steps.length} steps`);
  plan.steps.forEach((planned, index) => {
    const at = `in step ${index + 1}`;
    const step = commandStep(planned);
    if (step.command.length > commandCharactersMax)
      throw new DomainError('tooLarge', `the command ${at} has more than ${commandCharactersMax} characters`);
    // A lone surrogate has no UTF-8 form, and NUL would end the command line early.
    if (/[\0\p{Surrogate}]/u.test(step.command)) throw invalid(`NUL or half a surrogate pair ${at}`);
    if (Buffer.byteLength(step.name, 'utf8') > stepNameBytesMax) throw invalid(`a name that long ${at}`);
    if (step.successCodes.length > successCodesMax)
      throw invalid(`more than ${successCodesMax} success codes ${at}`);
    if (step.successCodes.some((c) => !Number.isInteger(c) || c < -0x80000000 || c > 0xffffffff))
      throw invalid(`a success code that is not 32 bits ${at}`);
    for (const branch of [step.onSuccess, step.onFailure])
      if (typeof branch === 'number' && plan.steps[branch] === undefined)
        throw invalid(`a branch to nowhere ${at}`);
  });
}

function readFields(bytes: Buffer, start: number, end: number, base = 0): Field[] {
  const fields: Field[] = [];
  let at = start;
  while (at < end) {
    if (end - at < fieldHeaderBytes) throw damaged(base + at, 'field');
    const length = bytes.readUInt32LE(at + 2);
    const from = at + fieldHeaderBytes;
    if (length > end - from) throw damaged(base + at, 'field length');
    fields.push({
      tag: bytes.readUInt16LE(at),
      offset: base + from,
      value: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return fields;
}

function refuseUnknown(fields: readonly Field[], known: readonly number[]): void {
  const unknown = fields.find((f) => !known.includes(f.tag) && !(f.tag & optionalBit));
  if (unknown) throw damaged(unknown.offset, `field ${unknown.tag}, which this version does not know`);
}

function one(fields: readonly Field[], tag: number, offset: number): Field {
  const found = fields.filter((f) => f.tag === tag);
  if (found[0] === undefined || found.length > 1)
    throw damaged(offset, `field ${tag}, which must be there once`);
  return found[0];
}

function number(from: Field, sizeBytes: 2 | 4 | 8): bigint {
  if (from.value.length !== sizeBytes) throw damaged(from.offset, 'number');
  if (sizeBytes === 8) return from.value.readBigUInt64LE();
  return BigInt(from.value.readUIntLE(0, sizeBytes));
}

function field(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(fieldHeaderBytes);
  head.writeUInt16LE(tag);
  head.writeUInt32LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function encodeBranch(branch: PlanBranch): number {
  if (branch === 'stopSuccess') return branchStopSuccess;
  return branch === 'stopFailure' ? branchStopFailure : branch;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

const damaged = (offset: number, what: string): DomainError =>
  new DomainError('damaged', `the plan is damaged at byte ${offset}: ${what}`);
