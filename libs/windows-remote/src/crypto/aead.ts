/** The AEAD ciphers of SMB 3, and AES-GMAC, which is GCM with associated data only. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherCCMTypes, CipherGCMTypes } from 'node:crypto';

export const tagBytes = 16;
/** Nonce sizes of [MS-SMB2] 2.2.41: 11 bytes for CCM, 12 for GCM. */
export const nonceBytes = { ccm: 11, gcm: 12 } as const;

export type AeadName = 'aes-128-ccm' | 'aes-128-gcm' | 'aes-256-ccm' | 'aes-256-gcm';

export const isCcm = (name: AeadName): boolean => name.endsWith('ccm');

/** @param nonce 11 bytes for CCM, 12 for GCM; never twice with one key. */
export function aeadEncrypt(
  name: AeadName,
  key: Buffer,
  nonce: Buffer,
  aad: Buffer,
  plain: Buffer,
): { sealed: Buffer; tag: Buffer } {
  if (isCcm(name)) {
    const cipher = createCipheriv(name as CipherCCMTypes, key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(aad, { plaintextLength: plain.length });
    const sealed = cipher.update(plain);
    cipher.final();
    return { sealed, tag: cipher.getAuthTag() };
  }
  const cipher = createCipheriv(name as CipherGCMTypes, key, nonce);
  cipher.setAAD(aad);
  const sealed = cipher.update(plain);
  cipher.final();
  return { sealed, tag: cipher.getAuthTag() };
}

/** @returns the plain bytes, or undefined when the tag does not hold. */
export function aeadDecrypt(
  name: AeadName,
  key: Buffer,
  nonce: Buffer,
  aad: Buffer,
  sealed: Buffer,
  tag: Buffer,
): Buffer | undefined {
  const decipher = isCcm(name)
    ? createDecipheriv(name as CipherCCMTypes, key, nonce, { authTagLength: tagBytes })
    : createDecipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(tag);
  decipher.setAAD(aad, { plaintextLength: sealed.length });
  try {
    // CCM checks the tag in update, GCM in final; both throw one unspecific error when it does not hold.
    const plain = decipher.update(sealed);
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** AES-128-GMAC over `message`, NIST SP 800-38D. @param nonce 12 bytes. @returns 16 bytes. */
export function aesGmac(key: Buffer, nonce: Buffer, message: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(message);
  cipher.final();
  return cipher.getAuthTag();
}
