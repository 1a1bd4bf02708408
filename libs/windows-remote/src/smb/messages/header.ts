/**
 * The SMB 2 packet header and what wraps a packet. All message structures of this folder are bodies whose offsets
 * count from the header's first byte, so they are read and written behind it by `encodeMessage` and `decodeBody`.
 */
import type { Codec, Infer } from '../../wire/codec';
import { bytes, u16, u32, u64, u8 } from '../../wire/codec';
import { body, fixed, reserved, tail, length } from '../../wire/body';
import { rest } from '../../wire/codec';
import { Reader } from '../../wire/reader';
import { Writer } from '../../wire/writer';

export const headerBytes = 64;
export const transformHeaderBytes = 52;

/** First four bytes, little-endian: 0xFE 'SMB' a packet, 0xFD 'SMB' an encrypted one, 0xFF 'SMB' SMB 1. */
export const protocolIds = {
  smb2: 0x424d53fe,
  transform: 0x424d53fd,
  compressed: 0x424d53fc,
  smb1: 0x424d53ff,
} as const;

/** Commands, [MS-SMB2] 2.2.1.2. */
export const commands = {
  negotiate: 0,
  sessionSetup: 1,
  logoff: 2,
  treeConnect: 3,
  treeDisconnect: 4,
  create: 5,
  close: 6,
  flush: 7,
  read: 8,
  write: 9,
  lock: 10,
  ioctl: 11,
  cancel: 12,
  echo: 13,
  queryDirectory: 14,
  changeNotify: 15,
  queryInfo: 16,
  setInfo: 17,
  oplockBreak: 18,
} as const;
export type CommandName = keyof typeof commands;

/** Header flags, [MS-SMB2] 2.2.1.2. */
export const headerFlags = { serverToRedir: 1, async: 2, related: 4, signed: 8 } as const;

/** SMB2 Packet Header, [MS-SMB2] 2.2.1.2 (with the async flag, `processId` and `treeId` together are the AsyncId, 2.2.1.1). */
export const Header = body({
  protocolId: fixed(u32, protocolIds.smb2),
  structureSize: fixed(u16, 64),
  creditCharge: u16,
  status: u32,
  command: u16,
  credits: u16,
  flags: u32,
  nextCommand: u32,
  messageId: u64,
  processId: u32,
  treeId: u32,
  sessionId: u64,
  signature: bytes(16),
});
export type Header = Infer<typeof Header>;

/** SMB2 TRANSFORM_HEADER, [MS-SMB2] 2.2.41. The AEAD's associated data are its bytes from `nonce` on. */
export const TransformHeader = body({
  protocolId: fixed(u32, protocolIds.transform),
  signature: bytes(16),
  nonce: bytes(16),
  originalMessageBytes: u32,
  reserved: reserved(2),
  flags: fixed(u16, 1),
  sessionId: u64,
});

/** SMB2 ERROR Response, [MS-SMB2] 2.2.2. */
export const ErrorResponse = body({
  structureSize: fixed(u16, 9),
  errorContextCount: u8,
  reserved: reserved(1),
  errorData: tail(rest, [length(u32)], { minimumBytes: 1 }),
});

/** Header and body as one message; offsets inside the body count from the header. */
export function encodeMessage<T>(header: Header, codec: Codec<T>, value: T, dataBytes = 0): Buffer {
  const writer = new Writer(256 + dataBytes);
  Header.write(writer, header);
  codec.write(writer, value);
  return writer.done();
}

/** Reads the body of a message whose first byte is the header's. */
export const decodeBody = <T>(message: Buffer, codec: Codec<T>): T =>
  codec.read(new Reader(message, Math.min(headerBytes, message.length), message.length, 0));
