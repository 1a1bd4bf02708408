import { createHash } from 'node:crypto';

/** The preauthentication integrity hash, SHA-512 chained over whole messages, [MS-SMB2] 3.2.5.2 and 3.2.5.3. */
export class PreauthHash {
  constructor(private current: Buffer = Buffer.alloc(64)) {}

  update(message: Buffer): void {
    this.current = createHash('sha512').update(this.current).update(message).digest();
  }

  get value(): Buffer {
    return this.current;
  }

  /** A session continues the connection's hash without changing it. */
  fork(): PreauthHash {
    return new PreauthHash(this.current);
  }
}
