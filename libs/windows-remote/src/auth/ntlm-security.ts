/**
 * Signing and sealing with NTLM's extended session security and key exchange, [MS-NLMP] 3.4. Each direction has its
 * keys, its RC4 stream and its sequence number; so messages must be protected and checked in the order of the wire.
 */
import { timingSafeEqual } from 'node:crypto';
import { Rc4 } from '../crypto/rc4';
import { RemoteError } from '../status/remote-error';
import type { Direction } from './ntlm-keys';
import { hmacMd5, sealKey, signKey } from './ntlm-keys';

const signatureBytes = 16;

export class NtlmSecurity {
  readonly signatureLength = signatureBytes;
  private readonly outgoing: DirectionState;
  private readonly incoming: DirectionState;

  constructor(exportedSessionKey: Buffer, role: 'client' | 'server') {
    const own: Direction = role === 'client' ? 'client-to-server' : 'server-to-client';
    const peer: Direction = role === 'client' ? 'server-to-client' : 'client-to-server';
    this.outgoing = new DirectionState(exportedSessionKey, own);
    this.incoming = new DirectionState(exportedSessionKey, peer);
  }

  seal(message: Buffer, encryptStart: number, encryptEnd: number): { message: Buffer; signature: Buffer } {
    const sealed = Buffer.from(message);
    this.outgoing.rc4.applyTo(message, sealed, encryptStart, encryptEnd);
    return { message: sealed, signature: this.outgoing.signature(message) };
  }

  unseal(message: Buffer, encryptStart: number, encryptEnd: number, signature: Buffer): Buffer {
    const plain = Buffer.from(message);
    this.incoming.rc4.applyTo(message, plain, encryptStart, encryptEnd);
    this.verify(plain, signature);
    return plain;
  }

  sign(message: Buffer): Buffer {
    return this.outgoing.signature(message);
  }

  verify(message: Buffer, signature: Buffer): void {
    const expected = this.incoming.signature(message);
    if (signature.length !== signatureBytes || !timingSafeEqual(expected, signature)) {
      throw new RemoteError('protocol', 'signature', 'an NTLM signature does not hold');
    }
  }

  /** SPNEGO's mechListMIC uses up the RC4 stream but not what follows it: the stream starts again, the numbers go on. */
  restartOutgoingStream(): void {
    this.outgoing.restartStream();
  }

  restartIncomingStream(): void {
    this.incoming.restartStream();
  }
}

class DirectionState {
  rc4: Rc4;
  private readonly signingKey: Buffer;
  private readonly sealingKey: Buffer;
  private sequence = 0;

  constructor(exportedSessionKey: Buffer, direction: Direction) {
    this.signingKey = signKey(exportedSessionKey, direction);
    this.sealingKey = sealKey(exportedSessionKey, direction);
    this.rc4 = new Rc4(this.sealingKey);
  }

  restartStream(): void {
    this.rc4 = new Rc4(this.sealingKey);
  }

  /** NTLMSSP_MESSAGE_SIGNATURE with key exchange, [MS-NLMP] 2.2.2.9.2 and 3.4.4.2. */
  signature(message: Buffer): Buffer {
    const result = Buffer.allocUnsafe(signatureBytes);
    result.writeUInt32LE(1, 0);
    result.writeUInt32LE(this.sequence, 12);
    const checksum = hmacMd5(this.signingKey, result.subarray(12), message);
    checksum.copy(result, 4, 0, 8);
    this.rc4.applyTo(result, result, 4, 12);
    this.sequence = (this.sequence + 1) >>> 0;
    return result;
  }
}
