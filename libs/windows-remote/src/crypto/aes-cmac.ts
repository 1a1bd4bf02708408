import { createCipheriv } from 'node:crypto';

const blockBytes = 16;
const zeroBlock = Buffer.alloc(blockBytes);

/** AES-128-CMAC, RFC 4493: the last block of one AES-CBC run whose final block is masked with a subkey. */
export class AesCmac {
  private readonly wholeMask: Buffer;
  private readonly paddedMask: Buffer;

  constructor(private readonly key: Buffer) {
    const ecb = createCipheriv('aes-128-ecb', key, null);
    this.wholeMask = doubled(ecb.update(zeroBlock));
    this.paddedMask = doubled(this.wholeMask);
  }

  /** @returns 16 bytes. */
  compute(message: Buffer): Buffer {
    const blocks = Math.max(1, Math.ceil(message.length / blockBytes));
    const start = (blocks - 1) * blockBytes;
    const last = Buffer.alloc(blockBytes);
    message.copy(last, 0, start);
    const isWhole = message.length - start === blockBytes;
    if (!isWhole) last[message.length - start] = 0x80;
    const mask = isWhole ? this.wholeMask : this.paddedMask;
    for (let i = 0; i < blockBytes; i++) last[i]! ^= mask[i]!;
    const cipher = createCipheriv('aes-128-cbc', this.key, zeroBlock);
    if (start > 0) cipher.update(message.subarray(0, start));
    return cipher.update(last);
  }
}

/** Multiplication by x in GF(2^128), RFC 4493 2.3. */
function doubled(block: Buffer): Buffer {
  const result = Buffer.alloc(blockBytes);
  for (let i = 0; i < blockBytes; i++) result[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0]! & 0x80) result[blockBytes - 1]! ^= 0x87;
  return result;
}
