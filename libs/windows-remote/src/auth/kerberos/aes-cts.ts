/**
 * AES in CBC mode with ciphertext stealing and a zero vector, RFC 3962 5 and RFC 8009 5: the last two blocks change
 * places and the one that is last then is cut, so that nothing is padded.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

export const blockBytes = 16;
const zeroBlock = Buffer.alloc(blockBytes);

/** @param plain at least one block. */
export function ctsEncrypt(key: Buffer, plain: Buffer): Buffer {
  const padded = Buffer.concat([plain, Buffer.alloc(-plain.length & (blockBytes - 1))]);
  const cipher = createCipheriv(modeOf(key, 'cbc'), key, zeroBlock).setAutoPadding(false);
  const encrypted = cipher.update(padded);
  if (plain.length <= blockBytes) return encrypted;
  const lastStart = padded.length - blockBytes;
  const stolen = encrypted.subarray(lastStart - blockBytes, lastStart).subarray(0, plain.length - lastStart);
  return Buffer.concat([
    encrypted.subarray(0, lastStart - blockBytes),
    encrypted.subarray(lastStart),
    stolen,
  ]);
}

/** @param encrypted at least one block. */
export function ctsDecrypt(key: Buffer, encrypted: Buffer): Buffer {
  if (encrypted.length <= blockBytes) return cbcDecrypt(key, encrypted);
  const tailBytes = ((encrypted.length - 1) % blockBytes) + 1;
  const lastStart = encrypted.length - tailBytes;
  const swapped = encrypted.subarray(lastStart - blockBytes, lastStart);
  const tail = encrypted.subarray(lastStart);
  // Decrypted by itself, the swapped block shows the bytes that encryption stole from its neighbour.
  const mixed = createDecipheriv(modeOf(key, 'ecb'), key, null).setAutoPadding(false).update(swapped);
  const neighbour = Buffer.concat([tail, mixed.subarray(tailBytes)]);
  const inOrder = Buffer.concat([encrypted.subarray(0, lastStart - blockBytes), neighbour, swapped]);
  return cbcDecrypt(key, inOrder).subarray(0, encrypted.length);
}

const cbcDecrypt = (key: Buffer, encrypted: Buffer): Buffer =>
  createDecipheriv(modeOf(key, 'cbc'), key, zeroBlock).setAutoPadding(false).update(encrypted);

const modeOf = (key: Buffer, mode: 'cbc' | 'ecb'): string => `aes-${key.length * 8}-${mode}`;
