/**
 * SPNEGO as initiator with one mechanism inside, RFC 4178 and [MS-SPNG] 3.1. The list of mechanisms is protected by a
 * MIC as soon as the inner mechanism has a key; the server's MIC is checked when it sends one.
 */
import { RemoteError } from '../status/remote-error';
import type { Mechanism } from './mechanism';
import type { NtlmMechanism } from './ntlm-mechanism';
import {
  decodeNegTokenResponse,
  encodeMechanismList,
  encodeNegTokenInit,
  encodeNegTokenResponse,
  mechanismOids,
  negStates,
} from './spnego-messages';

export class SpnegoMechanism implements Mechanism {
  readonly rpcAuthType = 9;
  readonly signatureLength = 16;
  done = false;
  private readonly mechanisms = [mechanismOids.ntlm];
  private hasBegun = false;
  private isMicSent = false;

  constructor(private readonly inner: NtlmMechanism) {}

  get sessionKey(): Buffer {
    return this.inner.sessionKey;
  }

  step(token: Buffer | undefined): Buffer | undefined {
    if (!this.hasBegun) {
      this.hasBegun = true;
      return encodeNegTokenInit({ mechanisms: this.mechanisms, token: this.inner.step(undefined) });
    }
    if (token === undefined)
      throw new RemoteError('protocol', 'unexpectedReply', 'a SPNEGO token was expected');
    const reply = decodeNegTokenResponse(token);
    if (reply.state === negStates.reject)
      throw new RemoteError('denied', 'accessDenied', 'the server rejects the authentication');
    if (this.isMicSent) return this.finish(reply.state, reply.mechListMic);
    this.checkMechanism(reply.mechanism);
    return this.prove(reply.token);
  }

  seal(message: Buffer, encryptStart: number, encryptEnd: number): { message: Buffer; signature: Buffer } {
    return this.inner.seal(message, encryptStart, encryptEnd);
  }

  unseal(message: Buffer, encryptStart: number, encryptEnd: number, signature: Buffer): Buffer {
    return this.inner.unseal(message, encryptStart, encryptEnd, signature);
  }

  sign(message: Buffer): Buffer {
    return this.inner.sign(message);
  }

  verify(message: Buffer, signature: Buffer): void {
    this.inner.verify(message, signature);
  }

  private checkMechanism(mechanism: Buffer | undefined): void {
    if (mechanism !== undefined && !mechanism.equals(mechanismOids.ntlm)) {
      throw new RemoteError('protocol', 'downgrade', 'the server chose a mechanism that was not offered');
    }
  }

  private prove(challenge: Buffer | undefined): Buffer {
    const token = this.inner.step(challenge);
    const mechListMic = this.inner.sign(encodeMechanismList(this.mechanisms));
    this.inner.protection.restartOutgoingStream();
    this.isMicSent = true;
    return encodeNegTokenResponse({ token, mechListMic });
  }

  /** With a single mechanism offered there is nothing to downgrade to, so a server that sends no MIC is accepted. */
  private finish(state: number | undefined, mechListMic: Buffer | undefined): undefined {
    if (state !== negStates.acceptCompleted)
      throw new RemoteError('protocol', 'unexpectedReply', 'SPNEGO did not complete');
    if (mechListMic !== undefined) {
      this.inner.verify(encodeMechanismList(this.mechanisms), mechListMic);
      this.inner.protection.restartIncomingStream();
    }
    this.done = true;
    return undefined;
  }
}
