/** The command `windows-remote`: reads its line, connects, does one thing, and says by its exit code how that went. */
import { parseArgs } from 'node:util';
import { readFile } from 'node:fs/promises';
import { WindowsCredential } from '../auth/credential';
import type { ConnectOptions, HostAddress } from '../host/windows-host';
import { WindowsHost } from '../host/windows-host';
import type { RemoteErrorKind } from '../status/remote-error';
import { RemoteError } from '../status/remote-error';
import { files } from './files';
import { info } from './info';
import { registry } from './registry';
import { services } from './services';
import { tasks } from './tasks';
import type { Terminal } from './terminal';
import { printable } from './terminal';
import type { Verb, VerbOptions } from './verb';
import { UsageError } from './verb';

/** Maps, so that a word of the command line finds nothing but what is declared. */
const groups: ReadonlyMap<string, ReadonlyMap<string, Verb>> = new Map([
  ['files', new Map(Object.entries(files))],
  ['reg', new Map(Object.entries(registry))],
  ['svc', new Map(Object.entries(services))],
  ['task', new Map(Object.entries(tasks))],
]);
const alone: ReadonlyMap<string, Verb> = new Map([['info', info]]);

const exitCodes = { done: 0, failed: 1, usage: 2 } as const;
const exitCodeByKind: Record<RemoteErrorKind, number> = {
  refused: 1,
  unreachable: 3,
  busy: 3,
  denied: 4,
  protocol: 5,
};

/** What a password file may hold. */
const passwordBytesMax = 1_024;

const optionTable = {
  host: { type: 'string', short: 'H' },
  user: { type: 'string', short: 'u' },
  'password-file': { type: 'string' },
  encryption: { type: 'string' },
  view: { type: 'string' },
  value: { type: 'string' },
  force: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Options = ReturnType<typeof parsed>['values'];

/** @param line without the program's name. @returns the exit code. */
export async function run(line: string[], terminal: Terminal): Promise<number> {
  try {
    const { values, positionals } = parsed(line);
    if (values.help === true || positionals.length === 0) {
      terminal.write(usageText());
      return values.help === true ? exitCodes.done : exitCodes.usage;
    }
    const { verb, args } = findVerb(positionals);
    const verbOptions = verbOptionsOf(values);
    const host = await connect(values, terminal);
    try {
      await verb.run(host, args, terminal, verbOptions);
    } finally {
      await host.close();
    }
    return exitCodes.done;
  } catch (error) {
    return explain(error, terminal);
  }
}

function parsed(line: string[]) {
  try {
    return parseArgs({ args: line, options: optionTable, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function findVerb([group = '', ...rest]: string[]): { verb: Verb; args: string[] } {
  const [name = '', ...others] = rest;
  const single = alone.get(group);
  const verb = single ?? groups.get(group)?.get(name);
  const words = single === undefined ? `${group} ${name}`.trim() : group;
  if (verb === undefined) throw new UsageError(`there is no "${words}"; try --help`);
  const args = single === undefined ? others : rest;
  if (args.length < verb.argumentsMin || args.length > verb.argumentsMax)
    throw new UsageError(`usage: windows-remote ${words} ${verb.usage}`.trimEnd());
  return { verb, args };
}

function verbOptionsOf(values: Options): VerbOptions {
  const view = values.view ?? '64';
  if (view !== '64' && view !== '32') throw new UsageError('--view is 64 or 32');
  return { json: values.json === true, force: values.force === true, view, value: values.value };
}

async function connect(values: Options, terminal: Terminal): Promise<WindowsHost> {
  const { environment } = terminal;
  const address = values.host ?? environment['WINDOWS_REMOTE_HOST'];
  const username = values.user ?? environment['WINDOWS_REMOTE_USER'];
  if (address === undefined) throw new UsageError('which computer? --host or WINDOWS_REMOTE_HOST');
  if (username === undefined) throw new UsageError('which account? --user or WINDOWS_REMOTE_USER');
  const { encryption = 'preferred' } = values;
  if (encryption !== 'preferred' && encryption !== 'required')
    throw new UsageError('--encryption is preferred or required');
  const password = await passwordOf(values['password-file'], terminal, username);
  const options: ConnectOptions = { encryption };
  if (terminal.signal !== undefined) options.signal = terminal.signal;
  return WindowsHost.connect(addressOf(address), new WindowsCredential({ username, password }), options);
}

function addressOf(text: string): HostAddress {
  const [, address = '', port] = /^([^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (address === '') throw new UsageError(`${text} is no address of a computer`);
  return port === undefined ? { address } : { address, port: Number(port) };
}

/** Never from the command line, which every user of a computer can read. */
async function passwordOf(file: string | undefined, terminal: Terminal, username: string): Promise<string> {
  if (file !== undefined) {
    const content = await readFile(file, 'utf8');
    if (content.length > passwordBytesMax) throw new UsageError('the password file is too long');
    return content.replace(/\r?\n$/, '');
  }
  const given = terminal.environment['WINDOWS_REMOTE_PASSWORD'];
  const password = given ?? (await terminal.askPassword(`password of ${username}: `));
  if (password === undefined)
    throw new UsageError('which password? WINDOWS_REMOTE_PASSWORD, --password-file, or a terminal to ask at');
  return password;
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.complain(`${error.message}\n`);
    return exitCodes.usage;
  }
  if (error instanceof RemoteError) {
    const code = error.codeName === undefined ? '' : `, ${error.codeName}`;
    terminal.complain(printable(`${error.message} (${error.kind}: ${error.reason}${code})`) + '\n');
    return exitCodeByKind[error.kind];
  }
  terminal.complain(`${error instanceof Error ? error.message : String(error)}\n`);
  return exitCodes.failed;
}

function usageText(): string {
  const lines = [...groups].flatMap(([group, verbs]) =>
    [...verbs].map(
      ([name, { usage, summary }]) => `  ${`${group} ${name} ${usage}`.trim()}
      ${summary}`,
    ),
  );
  return `windows-remote --host ADDRESS[:PORT] --user [DOMAIN\\]NAME COMMAND

${lines.join('\n')}
  info
      ${info.summary}

  --json                 one JSON document instead of text
  --encryption required  refuse a computer that does not encrypt
  --password-file FILE   else WINDOWS_REMOTE_PASSWORD, else the terminal asks
  -H, -u                 or WINDOWS_REMOTE_HOST and WINDOWS_REMOTE_USER

Exit code: 0 done, 1 refused by the computer, 2 wrong usage, 3 unreachable or busy, 4 denied, 5 no computer to talk to safely.
`;
}
