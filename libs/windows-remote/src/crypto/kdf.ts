import { createHmac } from 'node:crypto';

/**
 * SP 800-108 key derivation in counter mode with HMAC-SHA256 and a 32-bit counter, as [MS-SMB2] 3.1.4.2 asks.
 * @param label includes its terminating zero. @param keyBits 128 or 256, so that one block is enough.
 */
export function deriveKey(secret: Buffer, label: string, context: Buffer, keyBits: 128 | 256): Buffer {
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(1, 0);
  numbers.writeUInt32BE(keyBits, 4);
  const input = [
    numbers.subarray(0, 4),
    Buffer.from(label, 'latin1'),
    Buffer.alloc(1),
    context,
    numbers.subarray(4),
  ];
  const block = createHmac('sha256', secret).update(Buffer.concat(input)).digest();
  return block.subarray(0, keyBits / 8);
}
