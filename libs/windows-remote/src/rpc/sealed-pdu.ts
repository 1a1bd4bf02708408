/**
 * Packet integrity and privacy, [MS-RPCE] 2.2.2.11 and 3.3.1.5.2: the signature covers the whole PDU from its header up
 * to and including the security trailer; with privacy stub and padding are encrypted. Both sides of a conversation use it.
 */
import type { Mechanism } from '../auth/mechanism';
import { RemoteError } from '../status/remote-error';
import { WireError } from '../wire/wire-error';
import type { Pdu } from './pdu';
import {
  authLevels,
  callHeaderBytes,
  decodePdu,
  PduHeader,
  pduHeaderBytes,
  SecurityTrailer,
  securityTrailerBytes,
} from './pdu';

/** Stubs are padded to this, as Windows does and strict peers expect. */
const stubAlignment = 16;

export interface SealContext {
  mechanism: Mechanism;
  authContextId: number;
  /** `authLevels.integrity` signs only; privacy when absent. */
  authLevel?: number;
}

/** How many bytes of stub fit into one protected fragment. */
export function sealedStubBytes(fragmentBytes: number, mechanism: Mechanism): number {
  const room = fragmentBytes - callHeaderBytes - securityTrailerBytes - mechanism.signatureLength;
  return room - (room % stubAlignment);
}

/**
 * Encodes and protects a request or response; uses up one sequence number, so PDUs are sent in the order of the calls.
 * @param body what follows the common header: 8 bytes of call header, then the stub.
 */
export function sealPdu(
  pdu: { type: number; flags: number; callId: number; body: Buffer },
  { mechanism, authContextId, authLevel = authLevels.privacy }: SealContext,
): Buffer {
  const paddingBytes = -(pduHeaderBytes + pdu.body.length - callHeaderBytes) & (stubAlignment - 1);
  const header = PduHeader.encode({
    minorVersion: 0,
    type: pdu.type,
    flags: pdu.flags,
    fragmentBytes:
      pduHeaderBytes + pdu.body.length + paddingBytes + securityTrailerBytes + mechanism.signatureLength,
    authBytes: mechanism.signatureLength,
    callId: pdu.callId,
  });
  const trailer = SecurityTrailer.encode({
    authType: mechanism.rpcAuthType,
    authLevel,
    paddingBytes,
    authContextId,
  });
  const plain = Buffer.concat([header, pdu.body, Buffer.alloc(paddingBytes), trailer]);
  if (authLevel !== authLevels.privacy) return Buffer.concat([plain, mechanism.sign(plain)]);
  const sealed = mechanism.seal(plain, callHeaderBytes, plain.length - securityTrailerBytes);
  return Buffer.concat([sealed.message, sealed.signature]);
}

/**
 * Verifies a request or response, decrypts it and decodes it.
 * @throws RemoteError 'protocol'/'signature' when it is not protected, not as agreed, or not by this context.
 */
export function unsealPdu(
  data: Buffer,
  { mechanism, authContextId, authLevel = authLevels.privacy }: SealContext,
): Pdu {
  const pdu = decodePdu(data);
  const { auth } = pdu;
  if (auth === undefined) throw unprotected('is not protected');
  const isOurs =
    auth.authType === mechanism.rpcAuthType &&
    auth.authLevel === authLevel &&
    auth.authContextId === authContextId;
  if (!isOurs) throw unprotected('is protected by another context');
  const end = data.length - auth.token.length - securityTrailerBytes;
  if (end < callHeaderBytes) throw new WireError('a sealed call without its header', end);
  if (authLevel !== authLevels.privacy) {
    mechanism.verify(data.subarray(0, end + securityTrailerBytes), auth.token);
    return pdu;
  }
  const plain = mechanism.unseal(
    data.subarray(0, end + securityTrailerBytes),
    callHeaderBytes,
    end,
    auth.token,
  );
  return decodePdu(Buffer.concat([plain, auth.token]));
}

const unprotected = (what: string): RemoteError =>
  new RemoteError('protocol', 'signature', `the RPC answer ${what}`);
