/**
 * Passwords at rest: libsodium sealed boxes. Whoever has the public key can seal and never open. The sealed text
 * repeats id, version and account, so that rows swapped in the database are refused.
 */
import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { PlatformError } from '../failure';
import { readKey } from './key-pair';

const content = z.object({
  id: z.string(),
  version: z.int(),
  username: z.string(),
  domain: z.string().nullable(),
  password: z.string(),
});
export type SealableCredential = z.output<typeof content>;

/** A password in memory: it prints as «credential», wherever it is printed. */
export class OpenedPassword {
  readonly #password: string;

  constructor(password: string) {
    this.#password = password;
  }

  get password(): string {
    return this.#password;
  }

  toJSON(): string {
    return '«credential»';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '«credential»';
  }
}

/** Holds the public key only: the gateway. */
export class Sealer {
  constructor(private readonly publicKey: Uint8Array) {}

  static async fromFile(file: string): Promise<Sealer> {
    await sodium.ready;
    return new Sealer(await readKey(file, sodium.crypto_box_PUBLICKEYBYTES));
  }

  /** base64 of the sealed box. */
  async seal(credential: SealableCredential): Promise<string> {
    await sodium.ready;
    const { id, version, username, domain, password } = credential;
    const text = JSON.stringify({ id, version, username, domain, password });
    return Buffer.from(sodium.crypto_box_seal(text, this.publicKey)).toString('base64');
  }
}

/** Holds the private key: workers that talk to computers. */
export class Opener {
  readonly #privateKey: Uint8Array;

  constructor(privateKey: Uint8Array) {
    this.#privateKey = privateKey;
  }

  static async fromFile(file: string): Promise<Opener> {
    await sodium.ready;
    return new Opener(await readKey(file, sodium.crypto_box_SECRETKEYBYTES));
  }

  /**
   * Opens a sealed password that belongs to exactly this id, version and account.
   * @throws PlatformError 'secret' when it does not, or was sealed to another key, or is damaged.
   */
  async open(row: Omit<SealableCredential, 'password'> & { sealed: string }): Promise<OpenedPassword> {
    await sodium.ready;
    const { id, version, username, domain } = row;
    const inside = this.unseal(row.sealed);
    const isSame =
      inside.id === id &&
      inside.version === version &&
      inside.username === username &&
      inside.domain === domain;
    if (!isSame) {
      throw new PlatformError('secret', `the sealed text of credential ${id} belongs to another credential`);
    }
    return new OpenedPassword(inside.password);
  }

  private unseal(sealed: string): SealableCredential {
    const publicKey = sodium.crypto_scalarmult_base(this.#privateKey);
    try {
      const box = Buffer.from(sealed, 'base64');
      const text = sodium.crypto_box_seal_open(box, publicKey, this.#privateKey);
      return content.parse(JSON.parse(Buffer.from(text).toString('utf8')));
    } catch {
      // The cause is left out: it could repeat a part of the plain text.
      throw new PlatformError('secret', 'a sealed password cannot be opened with this private key');
    }
  }
}
