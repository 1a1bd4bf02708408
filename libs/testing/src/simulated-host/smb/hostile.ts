import { randomBytes } from 'node:crypto';

/** A reply that is not one: begins as SMB 2 does, so that a client reads on, and is random behind it. */
export function hostileBytes(sizeBytes: number): Buffer {
  const bytes = randomBytes(Math.max(hostileMinBytes, Math.min(sizeBytes, hostileMaxBytes)));
  Buffer.from('fe534d4240000000', 'hex').copy(bytes);
  return bytes;
}

const hostileMinBytes = 64;
const hostileMaxBytes = 4096;
