import type { RegistryView } from '../services/remote-registry';
import type { WindowsHost } from '../host/windows-host';
import type { Terminal } from './terminal';

/** The options that change what a verb does. */
export interface VerbOptions {
  json: boolean;
  /** `put` replaces a file that is there; `reg rm` deletes what is below the key. */
  force: boolean;
  view: RegistryView;
  /** Of a registry key, for `reg rm`. */
  value: string | undefined;
}

export interface Verb {
  /** What follows the verb: `REMOTE LOCAL`. */
  readonly usage: string;
  readonly summary: string;
  readonly argumentsMin: number;
  readonly argumentsMax: number;
  run(host: WindowsHost, args: string[], terminal: Terminal, options: VerbOptions): Promise<void>;
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {}

/** One document with `--json`, else the text. */
export function answer(terminal: Terminal, options: VerbOptions, value: unknown, text: string): void {
  terminal.write(options.json ? `${JSON.stringify(value, jsonValue, 2)}\n` : text);
}

/** Numbers of 64 bits and bytes have no form in JSON; they become text. */
function jsonValue(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key];
  if (Buffer.isBuffer(raw)) return raw.toString('hex');
  return typeof value === 'bigint' ? value.toString() : value;
}
