import { inspect } from 'node:util';

/**
 * An account and its password. Printing, logging or serialising it shows `«credential»`; `password` is not enumerable,
 * so that spreading the object does not carry it along either.
 */
export class WindowsCredential {
  readonly username: string;
  /** NetBIOS or DNS name of the domain; empty means an account of the computer itself. */
  readonly domain: string;
  declare readonly password: string;

  constructor(account: { username: string; domain?: string; password: string }) {
    this.username = account.username;
    this.domain = account.domain ?? '';
    Object.defineProperty(this, 'password', { value: account.password, enumerable: false });
  }

  toJSON(): string {
    return '«credential»';
  }

  toString(): string {
    return '«credential»';
  }

  [inspect.custom](): string {
    return '«credential»';
  }
}
