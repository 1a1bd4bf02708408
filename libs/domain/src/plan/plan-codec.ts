/**
 * The plan as bytes: docs/plan-format.md, "Plan". One registry value carries all of it, so that a runner reads either
 * a whole plan or none.
 */
import { maximumDurationSecondsMax } from '../package/package';
import { commandCharactersMax, stepsMax } from '../package/step';
import { DomainError } from '../domain-error';
import { crc32 } from './crc32';
import { planTextBytesMax } from './criteria-codec';
import { dateOfFiletime, filetimeOf } from './filetime';
import type { Plan, PlanStep } from './plan';
import {
  damaged,
  field,
  filetimeFrom,
  numberOf,
  readFields,
  refuseUnknown,
  required,
  u32,
  u64,
} from './plan-fields';
import { decodeStep, encodeStep, stepNameBytesMax, successCodesMax } from './plan-step-codec';

/** Below what one value may hold over [MS-RRP] BaseRegSetValue, and what the runner reserves. */
export const planBytesMax = 512 * 1024;
/** A folder, key and task are named by it. */
export const attemptNamePattern = /^[0-9A-Za-z-]{1,48}$/;

const magic = Buffer.from('DRVP', 'latin1');
const version = 1;
const headerBytes = 12;
const checksumBytes = 4;
const planTag = { attemptName: 1, maximumDurationSeconds: 2, retainUntil: 3, step: 4 } as const;
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

  const fields = readFields({ offset: headerBytes, value: bytes.subarray(headerBytes, end) });
  const stepFields = fields.filter((f) => f.tag === planTag.step);
  if (stepFields.length === 0 || stepFields.length > stepsMax) throw damaged(headerBytes, 'number of steps');
  refuseUnknown(fields, Object.values(planTag));
  const name = required(fields, planTag.attemptName, headerBytes);
  const retainUntil = dateOfFiletime(filetimeFrom(required(fields, planTag.retainUntil, headerBytes)));
  if (retainUntil === undefined) throw damaged(headerBytes, 'retention');
  const plan: Plan = {
    attemptName: name.value.toString('latin1'),
    maximumDurationSeconds: numberOf(required(fields, planTag.maximumDurationSeconds, headerBytes), 4),
    retainUntil,
    steps: stepFields.map((f) => decodeStep(f, stepFields.length)),
  };
  if (!attemptNamePattern.test(plan.attemptName)) throw damaged(name.offset, 'attempt name');
  if (plan.maximumDurationSeconds < 1 || plan.maximumDurationSeconds > maximumDurationSecondsMax)
    throw damaged(headerBytes, 'maximum duration');
  return plan;
}

function checkPlan(plan: Plan): void {
  if (!attemptNamePattern.test(plan.attemptName)) throw invalid('this attempt name');
  const seconds = plan.maximumDurationSeconds;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > maximumDurationSecondsMax)
    throw invalid(`a maximum duration of ${seconds} s`);
  if (!(filetimeOf(plan.retainUntil) > 0n)) throw invalid('a retention before 1601');
  if (plan.steps.length === 0 || plan.steps.length > stepsMax) throw invalid(`${plan.steps.length} steps`);
  plan.steps.forEach((step, index) => {
    const at = `in step ${index + 1}`;
    checkTexts(step, at);
    checkExitCodes(step, at);
    if (Buffer.byteLength(step.name, 'utf8') > stepNameBytesMax) throw invalid(`a name that long ${at}`);
    const { timeoutSeconds = 1 } = step;
    if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > maximumDurationSecondsMax)
      throw invalid(`a time limit of ${timeoutSeconds} s ${at}`);
    for (const branch of [step.onSuccess, step.onFailure])
      if (typeof branch === 'number' && plan.steps[branch] === undefined)
        throw invalid(`a branch to nowhere ${at}`);
  });
}

/** A lone surrogate has no UTF-8 form, and NUL would end a text early. */
function checkTexts(step: PlanStep, at: string): void {
  const visit = (value: unknown, isCommand: boolean): void => {
    if (typeof value === 'string') {
      if (/[\0\p{Surrogate}]/u.test(value)) throw invalid(`NUL or half a surrogate pair ${at}`);
      if (isCommand && value.length > commandCharactersMax)
        throw new DomainError(
          'tooLarge',
          `the command ${at} has more than ${commandCharactersMax} characters`,
        );
      if (!isCommand && Buffer.byteLength(value, 'utf8') > planTextBytesMax)
        throw new DomainError('tooLarge', `a text ${at} has more than ${planTextBytesMax} bytes`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value))
        visit(member, key === 'command' || key === 'commandLine');
    }
  };
  visit(step, false);
}

function checkExitCodes(step: PlanStep, at: string): void {
  if (!('successCodes' in step)) return;
  const { successCodes, restartNeededCodes = [], restartBegunCodes = [], tryAgainCodes = [] } = step;
  for (const codes of [successCodes, restartNeededCodes, restartBegunCodes, tryAgainCodes]) {
    if (codes.length > successCodesMax) throw invalid(`more than ${successCodesMax} exit codes ${at}`);
    if (codes.some((c) => !Number.isInteger(c) || c < -0x80000000 || c > 0xffffffff))
      throw invalid(`an exit code that is not 32 bits ${at}`);
  }
}

const invalid = (what: string): DomainError => new DomainError('invalid', `a plan cannot hold ${what}`);
