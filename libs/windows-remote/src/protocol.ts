/** What an implementer of the other side needs: codecs, message tables, procedure tables and primitives. */
export { body, count, countOf, fixed, length, lengthOf, offset, ownOrigin, reserved, tail } from './wire/body';
export type { Body, BodyValue } from './wire/body';
export {
  bytes,
  dateToFiletime,
  filetime,
  filetimeToDate,
  guid,
  i32,
  rest,
  u16,
  u32,
  u64,
  u8,
  utf16,
} from './wire/codec';
export type { Codec, Infer } from './wire/codec';
export { array, chain } from './wire/list';
export { Reader } from './wire/reader';
export { WireError } from './wire/wire-error';
export { Writer } from './wire/writer';
export type { Mechanism } from './auth/mechanism';
