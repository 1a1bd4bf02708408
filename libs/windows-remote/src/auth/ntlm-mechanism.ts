/**
 * NTLMv2 as a client, [MS-NLMP] 3.1.5. Nothing weaker is spoken: no NTLMv1, no LM, no session security without
 * 128 bits and key exchange. The first token asks, the second proves; the server's verdict comes by the carrying protocol.
 */
import { randomBytes } from 'node:crypto';
import { Rc4 } from '../crypto/rc4';
import { RemoteError } from '../status/remote-error';
import { dateToFiletime } from '../wire/codec';
import type { WindowsCredential } from './credential';
import type { Mechanism } from './mechanism';
import { hmacMd5, ntowfV2, proveNtlmV2 } from './ntlm-keys';
import type { AvPair, NtlmChallenge as Challenge } from './ntlm-messages';
import {
  AvPairs,
  NtlmAuthenticate,
  NtlmChallenge,
  NtlmClientChallenge,
  NtlmNegotiate,
  TargetInfo,
} from './ntlm-messages';
import { avFlagMicPresent, avIds, micOffset, ntlmFlags, ownVersion } from './ntlm-messages';
import { NtlmSecurity } from './ntlm-security';
import { Writer } from '../wire/writer';

const offered =
  ntlmFlags.unicode |
  ntlmFlags.requestTarget |
  ntlmFlags.sign |
  ntlmFlags.seal |
  ntlmFlags.ntlm |
  ntlmFlags.alwaysSign |
  ntlmFlags.extendedSessionSecurity |
  ntlmFlags.targetInfo |
  ntlmFlags.version |
  ntlmFlags.key128 |
  ntlmFlags.keyExchange;
const offeredFlags = (offered | ntlmFlags.key56) >>> 0;

/** Without these the session would be weaker than what is promised. */
const demandedFlags =
  ntlmFlags.unicode |
  ntlmFlags.extendedSessionSecurity |
  ntlmFlags.targetInfo |
  ntlmFlags.key128 |
  ntlmFlags.keyExchange |
  ntlmFlags.sign;

export interface NtlmOptions {
  /** The service principal the client believes to talk to: `cifs/name`. */
  targetName?: string;
  /** Test vectors fix these; otherwise they come from node:crypto and the clock. */
  clientChallenge?: Buffer;
  exportedSessionKey?: Buffer;
}

/** What the challenge tells about the server before anything is proven. */
export interface NtlmServerNames {
  computerName?: string;
  domainName?: string;
  dnsComputerName?: string;
  dnsDomainName?: string;
  osVersion?: string;
}

export class NtlmMechanism implements Mechanism {
  readonly rpcAuthType = 10;
  readonly signatureLength = 16;
  done = false;
  serverNames: NtlmServerNames = {};
  private negotiate: Buffer | undefined;
  private security: NtlmSecurity | undefined;
  private exportedKey: Buffer | undefined;

  constructor(
    private readonly credential: WindowsCredential,
    private readonly options: NtlmOptions = {},
  ) {}

  get sessionKey(): Buffer {
    if (this.exportedKey === undefined) throw new Error('the NTLM exchange has not reached its session key');
    return this.exportedKey;
  }

  step(token: Buffer | undefined): Buffer | undefined {
    if (this.negotiate === undefined) {
      const empty = Buffer.alloc(0);
      this.negotiate = NtlmNegotiate.encode({
        flags: offeredFlags,
        domain: empty,
        workstation: empty,
        version: ownVersion,
      });
      return this.negotiate;
    }
    if (token === undefined || this.done)
      throw new RemoteError('protocol', 'unexpectedReply', 'an NTLM challenge was expected');
    this.done = true;
    return this.answer(this.negotiate, token);
  }

  seal(message: Buffer, encryptStart: number, encryptEnd: number): { message: Buffer; signature: Buffer } {
    return this.protection.seal(message, encryptStart, encryptEnd);
  }

  unseal(message: Buffer, encryptStart: number, encryptEnd: number, signature: Buffer): Buffer {
    return this.protection.unseal(message, encryptStart, encryptEnd, signature);
  }

  sign(message: Buffer): Buffer {
    return this.protection.sign(message);
  }

  verify(message: Buffer, signature: Buffer): void {
    this.protection.verify(message, signature);
  }

  /** The state behind seal and sign, for SPNEGO, which restarts its streams. */
  get protection(): NtlmSecurity {
    if (this.security === undefined) throw new Error('the NTLM exchange has not reached its session key');
    return this.security;
  }

  private answer(negotiate: Buffer, token: Buffer): Buffer {
    const challenge = NtlmChallenge.decode(token);
    if ((challenge.flags & demandedFlags) !== demandedFlags) {
      throw new RemoteError('protocol', 'downgrade', 'the server offers weak NTLM session security');
    }
    const { pairs } = TargetInfo.decode(challenge.targetInfo);
    this.serverNames = readServerNames(challenge, pairs);
    const { ntResponse, lmResponse, sessionBaseKey } = this.respond(challenge, pairs);
    const exported = this.options.exportedSessionKey ?? randomBytes(16);
    const message = NtlmAuthenticate.encode({
      lmResponse,
      ntResponse,
      domain: this.credential.domain,
      username: this.credential.username,
      workstation: '',
      encryptedSessionKey: new Rc4(sessionBaseKey).apply(exported),
      flags: (challenge.flags & offeredFlags) >>> 0,
      version: ownVersion,
      mic: Buffer.alloc(16),
    });
    hmacMd5(exported, negotiate, token, message).copy(message, micOffset);
    this.exportedKey = exported;
    this.security = new NtlmSecurity(exported, 'client');
    return message;
  }

  private respond(
    challenge: Challenge,
    serverPairs: AvPair[],
  ): { ntResponse: Buffer; lmResponse: Buffer; sessionBaseKey: Buffer } {
    const clientChallenge = this.options.clientChallenge ?? randomBytes(8);
    const serverTime = serverPairs.find((pair) => pair.id === avIds.timestamp)?.value;
    const timestamp = serverTime?.length === 8 ? serverTime.readBigUInt64LE() : dateToFiletime(new Date());
    const temp = NtlmClientChallenge.encode({
      timestamp,
      clientChallenge,
      pairs: this.answerPairs(serverPairs),
    });
    const { credential } = this;
    const responseKey = ntowfV2(credential.ntHash(), credential.username, credential.domain);
    const { proof, sessionBaseKey } = proveNtlmV2(responseKey, challenge.serverChallenge, temp);
    const lmProof = (): Buffer => hmacMd5(responseKey, challenge.serverChallenge, clientChallenge);
    const lmResponse =
      serverTime === undefined ? Buffer.concat([lmProof(), clientChallenge]) : Buffer.alloc(24);
    return { ntResponse: Buffer.concat([proof, temp]), lmResponse, sessionBaseKey };
  }

  /** The server's pairs with the MIC announced, no channel bindings and the believed target name, [MS-NLMP] 3.1.5.1.2. */
  private answerPairs(serverPairs: AvPair[]): AvPair[] {
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE(avFlagMicPresent);
    const own: AvPair[] = [
      { id: avIds.flags, value: flags },
      { id: avIds.channelBindings, value: Buffer.alloc(16) },
      { id: avIds.targetName, value: Buffer.from(this.options.targetName ?? '', 'utf16le') },
    ];
    const ownIds = new Set(own.map((pair) => pair.id));
    return [...serverPairs.filter((pair) => !ownIds.has(pair.id)), ...own];
  }
}

function readServerNames(challenge: Challenge, pairs: AvPair[]): NtlmServerNames {
  const text = (id: number): string | undefined =>
    pairs.find((pair) => pair.id === id)?.value.toString('utf16le');
  const { major, minor, build } = challenge.version;
  const names: Record<keyof NtlmServerNames, string | undefined> = {
    computerName: text(avIds.netbiosComputerName),
    domainName: text(avIds.netbiosDomainName),
    dnsComputerName: text(avIds.dnsComputerName),
    dnsDomainName: text(avIds.dnsDomainName),
    osVersion: (challenge.flags & ntlmFlags.version) === 0 ? undefined : `${major}.${minor}.${build}`,
  };
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));
}

/** The encoded form of AV pairs, as a challenge's target info holds it. */
export function encodeAvPairs(pairs: AvPair[]): Buffer {
  const writer = new Writer();
  AvPairs.write(writer, pairs);
  return writer.done();
}
