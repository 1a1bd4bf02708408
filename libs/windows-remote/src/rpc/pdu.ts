/**
 * Connection-oriented RPC messages, [C706] 12.6 with the security trailer of [MS-RPCE] 2.2.2.11. A PDU is a common
 * header of 16 bytes, a body by type, and for authenticated ones padding, trailer and token at its end. Both sides
 * of a conversation use these tables.
 */
import { body, countOf, fixed, lengthOf, reserved } from '../wire/body';
import type { Codec } from '../wire/codec';
import { guid, rest, u16, u32, u8 } from '../wire/codec';
import { array } from '../wire/list';
import { WireError } from '../wire/wire-error';

export const pduTypes = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bindAck: 12,
  bindNak: 13,
  alterContext: 14,
  alterContextResponse: 15,
  auth3: 16,
  cancel: 18,
  orphaned: 19,
} as const;

export const pduFlags = {
  first: 0x01,
  last: 0x02,
  headerSigning: 0x04,
  didNotExecute: 0x20,
  object: 0x80,
} as const;

export const authLevels = { none: 1, connect: 2, call: 3, packet: 4, integrity: 5, privacy: 6 } as const;

/** NDR, the 32-bit transfer syntax, [C706] appendix I. */
export const ndr32 = { uuid: '8a885d04-1ceb-11c9-9fe8-08002b104860', version: 2 } as const;

export const pduHeaderBytes = 16;
/** Before the stub in requests and responses: allocation hint, context and operation. */
export const callHeaderBytes = 24;
export const securityTrailerBytes = 8;

/** Common header, [C706] 12.6.3.1. Little-endian, ASCII and IEEE are the only representation on Windows. */
export const PduHeader = body({
  version: fixed(u8, 5),
  minorVersion: u8,
  type: u8,
  flags: u8,
  representation: fixed(u32, 0x10),
  fragmentBytes: u16,
  authBytes: u16,
  callId: u32,
});

/** sec_trailer, [MS-RPCE] 2.2.2.11. */
export const SecurityTrailer = body({
  authType: u8,
  authLevel: u8,
  paddingBytes: u8,
  reserved: reserved(1),
  authContextId: u32,
});

/** p_syntax_id_t, [C706] 12.6.3.1; the minor version is the upper half. */
const Syntax = body({ uuid: guid, version: u32 });

const PresentationContext = body({
  id: u16,
  transferSyntaxCount: countOf(u8, 'transferSyntaxes'),
  reserved: reserved(1),
  abstractSyntax: Syntax,
  transferSyntaxes: array(Syntax),
});

/** bind and alter_context, [C706] 12.6.4.3. */
export const BindBody = body({
  maxTransmitBytes: u16,
  maxReceiveBytes: u16,
  associationGroup: u32,
  contextCount: countOf(u8, 'contexts'),
  reserved: reserved(3),
  contexts: array(PresentationContext),
});

const aligned = <T>(alignment: number, inner: Codec<T>): Codec<T> => ({
  write(writer, value) {
    writer.align(alignment);
    inner.write(writer, value);
  },
  read(reader) {
    reader.align(alignment);
    return inner.read(reader);
  },
});

/** A port name with its terminator. */
const portName: Codec<string> = {
  write: (writer, value) => writer.bytes(Buffer.from(value === '' ? '' : `${value}\0`, 'latin1')),
  read: (reader) => reader.bytes(reader.remaining).toString('latin1').replace(/\0$/, ''),
};

/** `result` 0 is acceptance; `reason` says why not, [C706] 12.6.3.1. */
const ContextResult = body({ result: u16, reason: u16, transferSyntax: Syntax });

/** bind_ack and alter_context_resp, [C706] 12.6.4.4. */
export const BindAckBody = body({
  maxTransmitBytes: u16,
  maxReceiveBytes: u16,
  associationGroup: u32,
  secondaryAddressBytes: lengthOf(u16, 'secondaryAddress'),
  secondaryAddress: portName,
  results: aligned(
    4,
    body({ count: countOf(u8, 'list'), reserved: reserved(3), list: array(ContextResult) }),
  ),
});

/** bind_nak, [C706] 12.6.4.5; what follows the reason is a list of versions that nobody needs. */
export const BindNakBody = body({ reason: u16 });

export const RequestBody = body({ allocationHint: u32, contextId: u16, opnum: u16, stub: rest });
export const ResponseBody = body({
  allocationHint: u32,
  contextId: u16,
  cancelCount: u8,
  reserved: reserved(1),
  stub: rest,
});
export const FaultBody = body({
  allocationHint: u32,
  contextId: u16,
  cancelCount: u8,
  faultFlags: u8,
  status: u32,
  reserved: reserved(4),
});
/** rpc_auth_3, [MS-RPCE] 2.2.2.10: four bytes that mean nothing. */
export const Auth3Body = body({ padding: reserved(4) });

export interface SecurityToken {
  authType: number;
  authLevel: number;
  authContextId: number;
  token: Buffer;
}

export interface Pdu {
  type: number;
  flags: number;
  callId: number;
  /** Without header, authentication padding and trailer. For sealed PDUs these are the bytes on the wire. */
  body: Buffer;
  auth?: (SecurityToken & { paddingBytes: number }) | undefined;
}

/** Encodes a PDU with a plain token, as used while a security context is made. */
export function encodePdu(pdu: {
  type: number;
  flags?: number;
  callId: number;
  body: Buffer;
  auth?: SecurityToken | undefined;
}): Buffer {
  const paddingBytes = pdu.auth === undefined ? 0 : -pdu.body.length & 3;
  const trailer =
    pdu.auth === undefined
      ? []
      : [Buffer.alloc(paddingBytes), SecurityTrailer.encode({ ...pdu.auth, paddingBytes }), pdu.auth.token];
  const content = Buffer.concat([pdu.body, ...trailer]);
  const header = PduHeader.encode({
    minorVersion: 0,
    type: pdu.type,
    flags: pdu.flags ?? pduFlags.first | pduFlags.last,
    fragmentBytes: pduHeaderBytes + content.length,
    authBytes: pdu.auth?.token.length ?? 0,
    callId: pdu.callId,
  });
  return Buffer.concat([header, content]);
}

/** Decodes one whole PDU. @throws WireError when lengths contradict each other. */
export function decodePdu(data: Buffer): Pdu {
  const header = PduHeader.decode(data);
  if (header.fragmentBytes !== data.length)
    throw new WireError(`a fragment of ${header.fragmentBytes} in ${data.length} bytes`, 8);
  const { type, flags, callId } = header;
  if (header.authBytes === 0) return { type, flags, callId, body: data.subarray(pduHeaderBytes) };
  const trailerAt = data.length - header.authBytes - securityTrailerBytes;
  if (trailerAt < pduHeaderBytes) throw new WireError(`a token of ${header.authBytes} bytes`, 10);
  const trailer = SecurityTrailer.decode(data.subarray(trailerAt));
  const end = trailerAt - trailer.paddingBytes;
  if (end < pduHeaderBytes) throw new WireError(`padding of ${trailer.paddingBytes} bytes`, trailerAt);
  const token = data.subarray(trailerAt + securityTrailerBytes);
  return { type, flags, callId, body: data.subarray(pduHeaderBytes, end), auth: { ...trailer, token } };
}

/** The length of the PDU at the start of `data`, `undefined` while its header has not arrived. */
export function pduBytes(data: Buffer): number | undefined {
  if (data.length < pduHeaderBytes) return undefined;
  const { fragmentBytes } = PduHeader.decode(data);
  if (fragmentBytes < pduHeaderBytes) throw new WireError(`a fragment of ${fragmentBytes} bytes`, 8);
  return fragmentBytes;
}
