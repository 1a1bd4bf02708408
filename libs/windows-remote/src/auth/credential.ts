import { md4 } from '../crypto/md4';

const redacted = '«credential»';

/** An account and its password. However it is printed, only `«credential»` appears. */
export class WindowsCredential {
  readonly #password: string;
  readonly #username: string;
  readonly #domain: string;
  #ntHash: Buffer | undefined;

  /** @param options.domain empty or absent for a local account, or when the username is `name@realm`. `DOMAIN\name` is split. */
  constructor(options: { username: string; domain?: string; password: string }) {
    const [before, after] = options.username.split('\\', 2);
    this.#username = after ?? before ?? '';
    this.#domain = options.domain ?? (after === undefined ? '' : (before ?? ''));
    this.#password = options.password;
  }

  get username(): string {
    return this.#username;
  }

  get domain(): string {
    return this.#domain;
  }

  /** NTOWFv1, [MS-NLMP] 3.3.1: as secret as the password itself. */
  ntHash(): Buffer {
    this.#ntHash ??= md4(Buffer.from(this.#password, 'utf16le'));
    return this.#ntHash;
  }

  /** The password itself, for interfaces that have to be given it (a task's logon). Never for a log. */
  revealPassword(): string {
    return this.#password;
  }

  toJSON(): string {
    return redacted;
  }

  toString(): string {
    return redacted;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted;
  }
}
