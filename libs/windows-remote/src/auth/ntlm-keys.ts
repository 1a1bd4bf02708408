/** The calculations of NTLMv2, [MS-NLMP] 3.3.2 and 3.4.5, shared by client and server. */
import { createHash, createHmac } from 'node:crypto';

export const hmacMd5 = (key: Buffer, ...parts: Buffer[]): Buffer => {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

const md5 = (...parts: Buffer[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** NTOWFv2 from the NT hash, [MS-NLMP] 3.3.2. */
export const ntowfV2 = (ntHash: Buffer, username: string, domain: string): Buffer =>
  hmacMd5(ntHash, Buffer.from(username.toUpperCase() + domain, 'utf16le'));

/** NTProofStr and the session base key, [MS-NLMP] 3.3.2. `temp` is the encoded client challenge. */
export function proveNtlmV2(
  responseKey: Buffer,
  serverChallenge: Buffer,
  temp: Buffer,
): { proof: Buffer; sessionBaseKey: Buffer } {
  const proof = hmacMd5(responseKey, serverChallenge, temp);
  return { proof, sessionBaseKey: hmacMd5(responseKey, proof) };
}

export type Direction = 'client-to-server' | 'server-to-client';

/** SIGNKEY with extended session security, [MS-NLMP] 3.4.5.2. */
export const signKey = (sessionKey: Buffer, direction: Direction): Buffer =>
  md5(sessionKey, Buffer.from(`session key to ${direction} signing key magic constant\0`));

/** SEALKEY with extended session security and 128 bits, [MS-NLMP] 3.4.5.3; weaker keys are refused before. */
export const sealKey = (sessionKey: Buffer, direction: Direction): Buffer =>
  md5(sessionKey, Buffer.from(`session key to ${direction} sealing key magic constant\0`));
