/**
 * Verification trailer, [MS-RPCE] 2.2.2.13: behind the stub of a protected request, it repeats under the protection
 * what was agreed outside of it, so that nobody in between can have exchanged interface, transfer syntax or header.
 */
import { bytes, guid, u16, u32, u8 } from '../wire/codec';
import { body, fixed, reserved } from '../wire/body';
import { ndr32, pduTypes } from './pdu';
import type { RpcInterface } from './procedure';

/** rpc_sec_verification_trailer, [MS-RPCE] 2.2.2.13.1. */
const signature = Buffer.from('8ae3137102f43671', 'hex');

const commands = { bitmask: 1, presentationContext: 2, header: 3, isLast: 0x4000 } as const;
/** CLIENT_SUPPORT_HEADER_SIGNING, [MS-RPCE] 2.2.2.13.2. */
const supportsHeaderSigning = 1;

/** rpc_sec_vt_bitmask, [MS-RPCE] 2.2.2.13.2. */
const Bitmask = body({ bits: u32 });
/** rpc_sec_vt_pcontext, [MS-RPCE] 2.2.2.13.4. */
const PresentationContext = body({
  interfaceId: guid,
  interfaceVersion: u32,
  transferSyntax: guid,
  transferVersion: u32,
});
/** rpc_sec_vt_header2, [MS-RPCE] 2.2.2.13.3. */
const Header = body({
  type: u8,
  reserved: reserved(3),
  representation: fixed(u32, 0x10),
  callId: u32,
  contextId: u16,
  opnum: u16,
});
const Command = body({ command: u16, lengthBytes: u16 });
const Signature = body({ signature: bytes(signature.length) });

export interface VerifiedCall {
  /** Given with the first request of a connection: from then on the server knows. */
  target: RpcInterface | undefined;
  /** The header is repeated unless the signature covers it by agreement. */
  header: { callId: number; opnum: number } | undefined;
}

/** The stub with its trailer, or as it is when there is nothing to say. */
export function withVerification(stub: Buffer, { target, header }: VerifiedCall): Buffer {
  const parts: { command: number; content: Buffer }[] = [];
  if (target !== undefined) {
    parts.push({ command: commands.bitmask, content: Bitmask.encode({ bits: supportsHeaderSigning }) });
    const content = PresentationContext.encode({
      interfaceId: target.uuid,
      interfaceVersion: target.major + target.minor * 0x1_0000,
      transferSyntax: ndr32.uuid,
      transferVersion: ndr32.version,
    });
    parts.push({ command: commands.presentationContext, content });
  }
  if (header !== undefined) {
    const content = Header.encode({ type: pduTypes.request, contextId: 0, ...header });
    parts.push({ command: commands.header, content });
  }
  if (parts.length === 0) return stub;
  const encoded = parts.flatMap(({ command, content }, index) => {
    const last = index === parts.length - 1 ? commands.isLast : 0;
    return [Command.encode({ command: command | last, lengthBytes: content.length }), content];
  });
  const padding = Buffer.alloc(-stub.length & 3);
  return Buffer.concat([stub, padding, Signature.encode({ signature }), ...encoded]);
}
