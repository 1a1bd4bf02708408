/** The server's half of NTLMv2 as pure functions, [MS-NLMP] 3.2.5; for the simulated computer and for tests. */
import { timingSafeEqual } from 'node:crypto';
import { Rc4 } from '../crypto/rc4';
import { hmacMd5, ntowfV2, proveNtlmV2 } from './ntlm-keys';
import {
  avFlagMicPresent,
  avIds,
  micOffset,
  NtlmAuthenticate,
  NtlmChallenge,
  NtlmClientChallenge,
  ntlmFlags,
  ownVersion,
} from './ntlm-messages';
import { encodeAvPairs } from './ntlm-mechanism';

export interface ChallengeOptions {
  /** Flags of the client's NEGOTIATE_MESSAGE. */
  clientFlags: number;
  /** 8 random bytes. */
  serverChallenge: Buffer;
  /** FILETIME of the server's clock. */
  timestamp: bigint;
  computerName: string;
  domainName: string;
  dnsComputerName: string;
  dnsDomainName: string;
}

const chosenAlways =
  (ntlmFlags.targetTypeServer | ntlmFlags.targetInfo | ntlmFlags.extendedSessionSecurity) >>> 0;
const chosenWhenAsked =
  ntlmFlags.unicode |
  ntlmFlags.requestTarget |
  ntlmFlags.sign |
  ntlmFlags.seal |
  ntlmFlags.ntlm |
  ntlmFlags.alwaysSign |
  ntlmFlags.version |
  ntlmFlags.key128 |
  ntlmFlags.keyExchange |
  ntlmFlags.key56;

/** The CHALLENGE_MESSAGE of a server with these names. */
export function makeChallenge(options: ChallengeOptions): Buffer {
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigUInt64LE(options.timestamp);
  const text = (id: number, value: string) => ({ id, value: Buffer.from(value, 'utf16le') });
  return NtlmChallenge.encode({
    targetName: options.computerName,
    flags: ((options.clientFlags & chosenWhenAsked) | chosenAlways) >>> 0,
    serverChallenge: options.serverChallenge,
    targetInfo: encodeAvPairs([
      text(avIds.netbiosDomainName, options.domainName),
      text(avIds.netbiosComputerName, options.computerName),
      text(avIds.dnsDomainName, options.dnsDomainName),
      text(avIds.dnsComputerName, options.dnsComputerName),
      { id: avIds.timestamp, value: timestamp },
    ]),
    version: ownVersion,
  });
}

export interface NtlmExchange {
  negotiate: Buffer;
  challenge: Buffer;
  authenticate: Buffer;
}

export type NtlmVerdict =
  | { isProven: true; username: string; domain: string; exportedSessionKey: Buffer; flags: number }
  | { isProven: false; why: 'unknownAccount' | 'wrongPassword' | 'wrongMic' | 'notNtlmV2' };

const ntlmV2ResponseMinBytes = 16 + 28 + 4;

/** Checks the AUTHENTICATE_MESSAGE against the account's NT hash. @param ntHashOf gives undefined for an unknown account. */
export function verifyAuthenticate(
  exchange: NtlmExchange,
  ntHashOf: (username: string, domain: string) => Buffer | undefined,
): NtlmVerdict {
  const message = NtlmAuthenticate.decode(exchange.authenticate);
  const { serverChallenge } = NtlmChallenge.decode(exchange.challenge);
  const { username, domain, ntResponse, flags } = message;
  if (ntResponse.length < ntlmV2ResponseMinBytes) return { isProven: false, why: 'notNtlmV2' };
  const ntHash = ntHashOf(username, domain);
  if (ntHash === undefined) return { isProven: false, why: 'unknownAccount' };
  const temp = ntResponse.subarray(16);
  const { proof, sessionBaseKey } = proveNtlmV2(ntowfV2(ntHash, username, domain), serverChallenge, temp);
  if (!timingSafeEqual(proof, ntResponse.subarray(0, 16))) return { isProven: false, why: 'wrongPassword' };
  const hasExchange = (flags & ntlmFlags.keyExchange) !== 0 && message.encryptedSessionKey.length === 16;
  const exportedSessionKey = hasExchange
    ? new Rc4(sessionBaseKey).apply(message.encryptedSessionKey)
    : sessionBaseKey;
  if (isMicPromised(temp) && !isMicRight(exchange, exportedSessionKey, message.mic))
    return { isProven: false, why: 'wrongMic' };
  return { isProven: true, username, domain, exportedSessionKey, flags };
}

function isMicPromised(temp: Buffer): boolean {
  const flags = NtlmClientChallenge.decode(Buffer.concat([temp, Buffer.alloc(4)])).pairs.find(
    (pair) => pair.id === avIds.flags,
  )?.value;
  return flags?.length === 4 && (flags.readUInt32LE() & avFlagMicPresent) !== 0;
}

function isMicRight(
  { negotiate, challenge, authenticate }: NtlmExchange,
  exportedSessionKey: Buffer,
  mic: Buffer,
): boolean {
  const blank = Buffer.from(authenticate);
  blank.fill(0, micOffset, micOffset + 16);
  return timingSafeEqual(hmacMd5(exportedSessionKey, negotiate, challenge, blank), mic);
}
