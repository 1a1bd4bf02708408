/** RPC messages as a finished security context protects them, by its level, [MS-RPCE] 2.2.2.11: sealed, signed, or neither. */
import {
  authLevels,
  encodePdu,
  RemoteError,
  sealedStubBytes,
  sealPdu,
  unsealPdu,
  type Pdu,
} from '@drover/windows-remote/protocol';
import type { AcceptedMechanism } from './accepted-mechanism';

export interface Protected {
  authType: number;
  authLevel: number;
  authContextId: number;
  mechanism: AcceptedMechanism;
}

/** @throws RemoteError 'protocol' when the message is not protected as its context demands. */
export function openPdu(bytes: Buffer, plain: Pdu, context: Protected): Pdu {
  if (context.authLevel === authLevels.privacy) return unsealPdu(bytes, context);
  if (context.authLevel < authLevels.packet) return plain;
  const { signatureLength } = context.mechanism;
  if (plain.auth?.authLevel !== context.authLevel)
    throw new RemoteError('protocol', 'signature', 'an unsigned request');
  context.mechanism.verify(
    bytes.subarray(0, bytes.length - signatureLength),
    bytes.subarray(-signatureLength),
  );
  return plain;
}

interface PlainPdu {
  type: number;
  flags: number;
  callId: number;
  body: Buffer;
}

export function closePdu(pdu: PlainPdu, context: Protected | undefined): Buffer {
  if (context === undefined || context.authLevel < authLevels.packet) return encodePdu(pdu);
  if (context.authLevel === authLevels.privacy) return sealPdu(pdu, context);
  const { signatureLength } = context.mechanism;
  const { authType, authLevel, authContextId } = context;
  const bytes = encodePdu({
    ...pdu,
    auth: { authType, authLevel, authContextId, token: Buffer.alloc(signatureLength) },
  });
  context.mechanism.sign(bytes.subarray(0, -signatureLength)).copy(bytes, bytes.length - signatureLength);
  return bytes;
}

/** How much stub one fragment takes. */
export const stubRoom = (fragmentBytes: number, context: Protected | undefined): number =>
  context === undefined ? fragmentBytes - callHeaderBytes : sealedStubBytes(fragmentBytes, context.mechanism);

const callHeaderBytes = 24;
