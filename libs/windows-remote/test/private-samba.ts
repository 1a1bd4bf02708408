/**
 * A private smbd for end-to-end tests: own folders, own loopback address, one account. Needs root and Debian's samba.
 * `start` resolves when the port answers; `stop` ends every process that was started and removes the folder.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrivateSamba {
  address: string;
  port: number;
  username: string;
  password: string;
  /** The folder behind C$. */
  driveFolder: string;
  folder: string;
  stop(): Promise<void>;
}

export interface PrivateSambaOptions {
  address: string;
  /** Lines for [global]: `server min protocol = SMB3_11`. */
  global?: readonly string[];
}

export const sambaIsInstalled = (): boolean =>
  existsSync('/usr/sbin/smbd') && existsSync('/usr/bin/smbpasswd') && process.getuid?.() === 0;

/** `describe`, or a skipped one: with `each` as well. */
export const describeSamba = sambaIsInstalled() ? describe : describe.skip;

const account = { username: 'Administrator', password: 'Correct-Horse-7' };
const readyWithinMs = 15_000;

export async function startPrivateSamba({
  address,
  global = [],
}: PrivateSambaOptions): Promise<PrivateSamba> {
  const folder = mkdtempSync(join(tmpdir(), 'drover-samba-'));
  const driveFolder = join(folder, 'c');
  for (const name of ['c', 'private', 'state', 'lock', 'cache', 'pid', 'ncalrpc', 'log'])
    mkdirSync(join(folder, name), { mode: 0o755 });
  mkdirSync(join(driveFolder, 'Windows'));
  writeFileSync(join(folder, 'users.map'), 'root = Administrator\n');
  const configuration = join(folder, 'smb.conf');
  writeFileSync(configuration, configurationText(folder, address, global));
  const { password } = account;
  execFileSync('/usr/bin/smbpasswd', ['-c', configuration, '-s', '-a', 'root'], {
    input: `${password}\n${password}\n`,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const child = spawn(
    '/usr/sbin/smbd',
    ['--foreground', '--no-process-group', '-s', configuration, '-l', join(folder, 'log')],
    { stdio: 'ignore', detached: true },
  );
  const samba: PrivateSamba = {
    address,
    port: 445,
    ...account,
    driveFolder,
    folder,
    stop: () => stop(child, folder),
  };
  try {
    await untilItAnswers(samba, child);
  } catch (error) {
    await samba.stop();
    throw error;
  }
  return samba;
}

function configurationText(folder: string, address: string, global: readonly string[]): string {
  const folders = {
    'private dir': 'private',
    'state directory': 'state',
    'lock directory': 'lock',
    'cache directory': 'cache',
    'pid directory': 'pid',
    'ncalrpc dir': 'ncalrpc',
  };
  return [
    '[global]',
    'netbios name = PRIVATE',
    'workgroup = WORKGROUP',
    'security = user',
    'passdb backend = tdbsam',
    ...Object.entries(folders).map(([key, name]) => `${key} = ${join(folder, name)}`),
    `log file = ${join(folder, 'log', 'smbd.log')}`,
    `interfaces = ${address}/8`,
    'bind interfaces only = yes',
    'smb ports = 445',
    'disable netbios = yes',
    `username map = ${join(folder, 'users.map')}`,
    'ntlm auth = ntlmv2-only',
    'server signing = mandatory',
    'map to guest = never',
    'load printers = no',
    'disable spoolss = yes',
    ...global,
    '[C$]',
    `path = ${join(folder, 'c')}`,
    'read only = no',
    'admin users = root',
    '[ADMIN$]',
    `path = ${join(folder, 'c', 'Windows')}`,
    'read only = no',
    'admin users = root',
    '',
  ].join('\n');
}

async function untilItAnswers({ address, port }: PrivateSamba, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!(await answers(address, port))) {
    if (child.exitCode !== null) throw new Error(`smbd ended with ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`smbd does not answer on ${address}`);
  }
}

/** Refused connections are reported at once, so the loop above polls every 20 ms. */
const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 20));
  });

/** smbd is the leader of its own process group, so its children and helpers end with it. */
async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    await ended;
  }
  signalGroup(child, 'SIGKILL');
  for (const pid of helperPids(folder)) endProcess(pid);
  rmSync(folder, { recursive: true, force: true });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) endProcess(-child.pid, signal);
}

function endProcess(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** RPC helpers put themselves into groups of their own; each leaves its pid behind. */
function helperPids(folder: string): number[] {
  const file = join(folder, 'pid', 'samba-dcerpcd.pid');
  return existsSync(file) ? [Number(readFileSync(file, 'utf8').trim())].filter((pid) => pid > 1) : [];
}
