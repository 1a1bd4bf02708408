/** Plans that no encoder writes: damaged, or as a later version would make them. */
import { crc32 } from '../src/plan/crc32';
import { byteField, field, textField, u16, u32 } from '../src/plan/plan-fields';

const attemptNameBytes = 38;
const changed = (base: Buffer, change: (bytes: Buffer) => Buffer): Buffer => change(Buffer.from(base));

/** `bytes` with `field` put in at `at`, the size said right and, unless it is put into the plan itself, the step's too. */
function withField(bytes: Buffer, at: number, field: number[], stepLengthAt?: number): Buffer {
  const grown = Buffer.concat([bytes.subarray(0, at), Buffer.from(field), bytes.subarray(at)]);
  grown.writeUInt32LE(grown.length, 8);
  if (stepLengthAt !== undefined)
    grown.writeUInt32LE(grown.readUInt32LE(stepLengthAt) + field.length, stepLengthAt);
  grown.writeUInt32LE(crc32(grown.subarray(0, -4)), grown.length - 4);
  return grown;
}
/** Header, attempt name, maximum duration and retention come before the first step. */
const firstStep = 12 + (6 + attemptNameBytes) + (6 + 4) + (6 + 8);
const durationTwice = [2, 0, 4, 0, 0, 0, 60, 0, 0, 0];
const typeTwice = [1, 0, 2, 0, 0, 0, 1, 0];
const optionalField = [0x55, 0x80, 1, 0, 0, 0, 9];

const kind64 = byteField(7, 2);
const nestedGroups = (depth: number): Buffer =>
  field(depth === 0 ? 20 : 1, depth === 0 ? kind64 : nestedGroups(depth - 1));
const conditionStep = (criteria: Buffer): Buffer =>
  Buffer.concat([
    field(1, u16(4)),
    field(4, u32(0xfffffffe)),
    field(5, u32(0xffffffff)),
    field(16, criteria),
  ]);
/** `base` with one step of these bytes. */
function withStep(base: Buffer, stepBytes: Buffer): Buffer {
  const head = base.subarray(0, firstStep);
  const whole = Buffer.concat([head, field(4, stepBytes), Buffer.alloc(4)]);
  whole.writeUInt32LE(whole.length, 8);
  whole.writeUInt32LE(crc32(whole.subarray(0, -4)), whole.length - 4);
  return whole;
}

/** Made by hand, as a later version or a mistake would make them; what they say is in their descriptions. */
export const unusualPlans = (base: Buffer): Record<string, Buffer> => ({
  'later-optional-fields': changed(base, (b) =>
    withField(
      withField(b, firstStep, optionalField),
      firstStep + optionalField.length + 6,
      optionalField,
      firstStep + optionalField.length + 2,
    ),
  ),
  'damaged-duration-twice': changed(base, (b) => withField(b, firstStep, durationTwice)),
  'damaged-type-twice': changed(base, (b) => withField(b, firstStep + 6, typeTwice, firstStep + 2)),
  'damaged-field-of-another-type': changed(base, (b) =>
    withField(b, firstStep + 6, [11, 0, 4, 0, 0, 0, 1, 0, 0, 0], firstStep + 2),
  ),
  'damaged-no-seconds': changed(base, (b) =>
    withField(b, firstStep + 6, [6, 0, 4, 0, 0, 0, 0, 0, 0, 0], firstStep + 2),
  ),
  'damaged-flags': changed(base, (b) =>
    withField(b, firstStep + 6, [10, 0, 4, 0, 0, 0, 2, 0, 0, 0], firstStep + 2),
  ),
  'damaged-criteria-depth': withStep(base, conditionStep(nestedGroups(8))),
  'damaged-criteria-empty': withStep(base, conditionStep(field(1, Buffer.alloc(0)))),
  'damaged-criteria-not-two': withStep(
    base,
    conditionStep(field(3, Buffer.concat([field(20, kind64), field(20, kind64)]))),
  ),
  'damaged-criteria-test': withStep(
    base,
    conditionStep(field(16, Buffer.concat([textField(1, 'C:\\x'), byteField(4, 3)]))),
  ),
  'damaged-criteria-field': withStep(
    base,
    conditionStep(field(20, Buffer.concat([kind64, byteField(6, 1)]))),
  ),
  'damaged-unknown-field': changed(base, (b) => withField(b, firstStep, [0x55, 0, 0, 0, 0, 0])),
});

export const damagedPlans = (base: Buffer): Record<string, Buffer> => ({
  'damaged-empty': Buffer.alloc(0),
  'damaged-cut': changed(base, (bytes) => bytes.subarray(0, bytes.length - 9)),
  'damaged-checksum': changed(base, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    return bytes;
  }),
  'damaged-version': changed(base, (bytes) => {
    bytes.writeUInt16LE(2, 4);
    return bytes;
  }),
});
