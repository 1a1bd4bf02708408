/**
 * The tagged fields that a plan is made of: tag (2 bytes), length (4) and value. A tag with the top bit set may be skipped by
 * a reader that does not know it, any other unknown tag refuses the plan. Every length is distrusted.
 */
import { DomainError } from '../domain-error';

export interface Field {
  tag: number;
  /** Where the value begins in the plan, for messages. */
  offset: number;
  value: Buffer;
}

export const optionalBit = 0x8000;
const fieldHeaderBytes = 6;

export function field(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(fieldHeaderBytes);
  head.writeUInt16LE(tag);
  head.writeUInt32LE(value.length, 2);
  return Buffer.concat([head, value]);
}

export const textField = (tag: number, value: string): Buffer => field(tag, Buffer.from(value, 'utf8'));
export const byteField = (tag: number, value: number): Buffer => field(tag, Buffer.from([value]));

/** The fields of `from`, one behind the other. */
export function readFields(from: Pick<Field, 'offset' | 'value'>): Field[] {
  const { value: bytes, offset: base } = from;
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < fieldHeaderBytes) throw damaged(base + at, 'field');
    const length = bytes.readUInt32LE(at + 2);
    const start = at + fieldHeaderBytes;
    if (length > bytes.length - start) throw damaged(base + at, 'field length');
    fields.push({
      tag: bytes.readUInt16LE(at),
      offset: base + start,
      value: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return fields;
}

export function refuseUnknown(fields: readonly Field[], known: readonly number[]): void {
  const unknown = fields.find((f) => !known.includes(f.tag) && !(f.tag & optionalBit));
  if (unknown) throw damaged(unknown.offset, `field ${unknown.tag}, which does not belong here`);
}

/** The field with this tag, which is there at most once. */
export function optional(fields: readonly Field[], tag: number): Field | undefined {
  const found = fields.filter((f) => f.tag === tag);
  if (found[1] !== undefined) throw damaged(found[1].offset, `field ${tag}, which is there twice`);
  return found[0];
}

/** @param offset where the fields are, for the message. */
export function required(fields: readonly Field[], tag: number, offset: number): Field {
  const found = optional(fields, tag);
  if (found === undefined) throw damaged(offset, `field ${tag}, which is missing`);
  return found;
}

export function numberOf(from: Field, sizeBytes: 1 | 2 | 4): number {
  if (from.value.length !== sizeBytes) throw damaged(from.offset, 'number');
  return from.value.readUIntLE(0, sizeBytes);
}

export function filetimeFrom(from: Field): bigint {
  if (from.value.length !== 8) throw damaged(from.offset, 'time');
  return from.value.readBigUInt64LE();
}

/** Text without NUL, which would end it early on the computer. */
export function textOf(from: Field, bytesMax: number): string {
  if (from.value.length > bytesMax || from.value.includes(0)) throw damaged(from.offset, 'text');
  return from.value.toString('utf8');
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export const damaged = (offset: number, what: string): DomainError =>
  new DomainError('damaged', `the plan is damaged at byte ${offset}: ${what}`);
