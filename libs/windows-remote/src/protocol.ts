/** What an implementer of the other side needs: codecs, message tables, procedure tables and primitives. */
export {
  body,
  count,
  countOf,
  fixed,
  length,
  lengthOf,
  offset,
  ownOrigin,
  reserved,
  tail,
} from './wire/body';
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
export {
  byte,
  byteArray,
  conformantArray,
  contextHandle,
  decodeFields,
  dword,
  encodeFields,
  fixedBytes,
  hyper,
  struct,
  unique,
  varyingBytes,
  word,
  wstring,
} from './rpc/ndr';
export { filetime as ndrFiletime, guid as ndrGuid } from './rpc/ndr';
export type { Ndr, NdrFields, NdrValue, NdrValues, VaryingBytes } from './rpc/ndr';
export { procedure, rpcInterface } from './rpc/procedure';
export type { Procedure, RpcInterface } from './rpc/procedure';
export { registryBuffer, registryString } from './services/registry-string';
export type { RegistryBuffer } from './services/registry-string';
export { svcctl } from './services/svcctl.procedures';
export { taskScheduler } from './services/tsch.procedures';
export { winreg } from './services/winreg.procedures';
