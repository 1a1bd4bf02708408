/**
 * A private smbd whose named pipes are ours: own folders, own loopback address, one account with full rights. It starts no
 * RPC helper, so a pipe exists exactly when somebody listens on its socket. Needs root and Debian's samba.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SambaOptions {
  name: string;
  address: string;
  port: number;
  username: string;
  password: string;
  /** The folder behind C$; below it `windows` is ADMIN$. */
  driveFolder: string;
  /** Further lines of [global]. */
  global?: readonly string[];
}

export interface SambaProcess {
  /** Where smbd looks for the socket of a pipe. */
  pipeFolder: string;
  stop(): Promise<void>;
}

/** Why there can be no private Samba here; undefined when there can. */
export function whyNoSamba(): string | undefined {
  const absent = ['/usr/sbin/smbd', '/usr/bin/smbpasswd'].filter((file) => !existsSync(file));
  if (absent.length > 0) return `${absent.join(' and ')} not installed`;
  return process.getuid?.() === 0 ? undefined : 'smbd needs root';
}

/** Starts smbd and resolves when it answers. */
export async function startSamba(options: SambaOptions): Promise<SambaProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'drover-behind-samba-'));
  for (const name of ['private', 'state', 'lock', 'cache', 'pid', 'rpc', 'log'])
    mkdirSync(join(folder, name));
  const pipeFolder = join(folder, 'rpc', 'np');
  mkdirSync(pipeFolder, { mode: 0o700 });
  writeFileSync(join(folder, 'users.map'), `root = ${options.username}\n`);
  const configuration = join(folder, 'smb.conf');
  writeFileSync(configuration, configurationText(folder, options));
  execFileSync('/usr/bin/smbpasswd', ['-c', configuration, '-s', '-a', 'root'], {
    input: `${options.password}\n${options.password}\n`,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const smbd = ['--foreground', '--no-process-group', '-s', configuration, '-l', join(folder, 'log')];
  const child = spawn('/usr/sbin/smbd', smbd, { stdio: 'ignore', detached: true });
  const stop = (): Promise<void> => stopSamba(child, folder);
  try {
    await untilItAnswers(options, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pipeFolder, stop };
}

const configurationText = (folder: string, options: SambaOptions): string =>
  [
    '[global]',
    `netbios name = ${options.name}`,
    'workgroup = WORKGROUP',
    'server role = standalone server',
    `private dir = ${join(folder, 'private')}`,
    `state directory = ${join(folder, 'state')}`,
    `lock directory = ${join(folder, 'lock')}`,
    `cache directory = ${join(folder, 'cache')}`,
    `pid directory = ${join(folder, 'pid')}`,
    `ncalrpc dir = ${join(folder, 'rpc')}`,
    `passdb backend = tdbsam:${join(folder, 'private', 'passdb.tdb')}`,
    `log file = ${join(folder, 'log', 'smbd.log')}`,
    `interfaces = ${options.address}/8`,
    'bind interfaces only = yes',
    `smb ports = ${options.port}`,
    'disable netbios = yes',
    `username map = ${join(folder, 'users.map')}`,
    'map to guest = never',
    'ntlm auth = ntlmv2-only',
    'server signing = mandatory',
    'load printers = no',
    'disable spoolss = yes',
    'rpc start on demand helpers = no',
    ...(options.global ?? []),
    '[C$]',
    `path = ${options.driveFolder}`,
    'read only = no',
    'store dos attributes = no',
    '[ADMIN$]',
    `path = ${join(options.driveFolder, 'windows')}`,
    'read only = no',
    'store dos attributes = no',
    '',
  ].join('\n');

async function untilItAnswers({ address, port }: SambaOptions, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!(await answers(address, port))) {
    if (child.exitCode !== null) throw new Error(`smbd ended with ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`smbd does not answer on ${address}:${port}`);
  }
}

/** A refused connection is known at once; the pause keeps the polling gentle. */
const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), pollMs));
  });

/** smbd leads a process group of its own, so that its children end with it. */
async function stopSamba(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopWithinMs);
    await ended;
    clearTimeout(timer);
  }
  signalGroup(child, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const readyWithinMs = 15_000;
const stopWithinMs = 5_000;
const pollMs = 20;
