/**
 * What a session may be agreed on: floors that no server can lower. Signing is always on, and guest and anonymous
 * sessions are always refused; neither is a setting.
 */
import type { AeadName } from '../crypto/aead';
import { ciphers, dialects, signingAlgorithms } from './messages/negotiate';
import { cipherNames } from './protection';

export type SmbDialect = '2.0.2' | '2.1' | '3.0' | '3.0.2' | '3.1.1';
export type SmbSigning = 'aes-gmac' | 'aes-cmac';

export interface SmbPolicy {
  /** The oldest dialect that is offered, default `3.0`. Below it there is no encryption, and signing is HMAC-SHA256. */
  minimumDialect?: SmbDialect;
  /** The newest dialect that is offered, default `3.1.1`; the server takes the newest that it knows. */
  maximumDialect?: SmbDialect;
  /** `preferred` (default) encrypts where the server offers it; `required` refuses the others, and offers nothing below 3.0. */
  encryption?: 'preferred' | 'required';
  /** Ciphers in order of preference; default all four. Dialects 3.0 and 3.0.2 know AES-128-CCM only. */
  ciphers?: readonly AeadName[];
  /** Signing algorithms for 3.1.1 in order of preference; default both. Each older dialect has its only one. */
  signing?: readonly SmbSigning[];
}

/** The policy in the numbers of the protocol; dialects ascend. */
export interface SettledPolicy {
  dialects: readonly number[];
  minimumDialect: SmbDialect;
  isEncryptionRequired: boolean;
  ciphers: readonly number[];
  signing: readonly number[];
}

const revisions: Readonly<Record<SmbDialect, number>> = {
  '2.0.2': dialects.smb202,
  '2.1': dialects.smb210,
  '3.0': dialects.smb300,
  '3.0.2': dialects.smb302,
  '3.1.1': dialects.smb311,
};

/** GCM is the fastest, and faster than signing with CMAC. */
const allCiphers: readonly AeadName[] = ['aes-128-gcm', 'aes-256-gcm', 'aes-128-ccm', 'aes-256-ccm'];
const allSigning: readonly SmbSigning[] = ['aes-gmac', 'aes-cmac'];

/** @throws RangeError when the policy contradicts itself: nothing could ever be agreed on. */
export function settlePolicy(policy: SmbPolicy): SettledPolicy {
  const { minimumDialect = '3.0', maximumDialect = '3.1.1', encryption = 'preferred' } = policy;
  const isEncryptionRequired = encryption === 'required';
  const lowest = Math.max(revisions[minimumDialect], isEncryptionRequired ? dialects.smb300 : 0);
  const offered = Object.values(revisions).filter(
    (dialect) => dialect >= lowest && dialect <= revisions[maximumDialect],
  );
  if (offered.length === 0) throw new RangeError('the policy allows no SMB dialect');
  const chosenCiphers = (policy.ciphers ?? allCiphers).map(cipherNumber);
  const signing = (policy.signing ?? allSigning).map((name) => signingNumbers[name]);
  if (signing.length === 0) throw new RangeError('the policy allows no signing algorithm');
  if (isEncryptionRequired && chosenCiphers.length === 0)
    throw new RangeError('the policy requires encryption and allows no cipher');
  return {
    dialects: offered,
    minimumDialect: isEncryptionRequired && lowest === dialects.smb300 ? '3.0' : minimumDialect,
    isEncryptionRequired,
    ciphers: chosenCiphers,
    signing,
  };
}

/** How the session's `info` calls an algorithm. */
export const signingName = (algorithm: number): SmbSigning | 'hmac-sha256' =>
  allSigning.find((name) => signingNumbers[name] === algorithm) ?? 'hmac-sha256';

const signingNumbers: Readonly<Record<SmbSigning, number>> = {
  'aes-gmac': signingAlgorithms.aesGmac,
  'aes-cmac': signingAlgorithms.aesCmac,
};

const cipherNumber = (name: AeadName): number =>
  Object.values(ciphers).find((cipher) => cipherNames[cipher] === name)!;
