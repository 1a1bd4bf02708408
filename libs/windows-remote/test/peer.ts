/**
 * Starts `../shared/peer`, an independent Windows-like computer (real Samba in front, Python services behind), as a
 * witness that shares no code with this library. It needs root, Debian's samba, python3-samba and python3-impacket,
 * and Wine for the runner `wine`. Tests that use it are skipped by name where it is absent.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const startScript = resolve(__dirname, '../../../../shared/peer/start.py');
/** Debian's own interpreter: another one on the PATH lacks its packages. */
const python = '/usr/bin/python3';

/** With Wine the first start makes a prefix of 1.3 GB, about 12 s; two processors shared with others double it. */
const startDeadlineMs = { none: 30_000, wine: 120_000 };
const stopDeadlineMs = 15_000;

const missing = !existsSync(startScript)
  ? '../shared/peer is absent'
  : process.getuid?.() !== 0
    ? 'the peer needs root'
    : undefined;

/** Where tests must not be skipped, only the peer's own absence is a reason: without root they run and fail. */
const isSkipped = missing !== undefined && (process.env['CI'] !== 'true' || !existsSync(startScript));

/** `describe`, or a skipped one whose name says why. */
export function describePeer(name: string, tests: () => void): void {
  if (isSkipped) describe.skip(withReason(name), tests);
  else describe(name, tests);
}

/** As `describe.each`. */
describePeer.each = <Row extends unknown[]>(rows: readonly Row[]) => {
  const table = isSkipped ? describe.skip.each(rows) : describe.each(rows);
  return (name: string, tests: (...row: Row) => void): void =>
    table(isSkipped ? withReason(name) : name, tests);
};

const withReason = (name: string): string => `${name} (skipped: ${missing})`;

export interface PeerOptions {
  /** Loopback addresses, one computer each. */
  addresses: string[];
  /** `none` records the run of a task and reports exit code 0; `wine` executes it. */
  runner?: 'none' | 'wine';
  remoteRegistry?: 'disabled' | 'stopped' | 'running';
  /** `wine`: the registry that the executed programs see. */
  registry?: 'samba' | 'wine';
  encrypt?: 'default' | 'desired' | 'required';
  /** Further options of start.py, such as `--trace`, `1`. */
  more?: string[];
}

export interface PeerEvent {
  event: string;
  [detail: string]: unknown;
}

export interface PeerHost {
  address: string;
  name: string;
  /** The folder behind C$. */
  driveFolder: string;
  /** What has arrived at the computer so far, in order. */
  events(): Promise<PeerEvent[]>;
  /** The RPC log, for a failing test's message. */
  log(): Promise<string>;
}

export interface Peer {
  hosts: PeerHost[];
  username: string;
  password: string;
  stop(): Promise<void>;
}

type PeerProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts the computers and waits until they answer. `stop` ends every process and removes their folders. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  const runner = options.runner ?? 'none';
  const base = await makeBase(runner);
  const child: PeerProcess = spawn(python, commandLine(options, runner, base), {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    await end(child, exited);
    await removeBase(base);
  };
  try {
    const hosts = await readHosts(child, startDeadlineMs[runner]);
    return { hosts, username: 'Administrator', password: 'P@ssw0rd!', stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Wine prefixes are cloned by hard links from a template of 1.3 GB that is kept between runs. */
const wineFolder = join(tmpdir(), 'drover-peer-wine');
const keptTemplate = join(wineFolder, 'template');
const templateName = '.wine-template';

async function makeBase(runner: 'none' | 'wine'): Promise<string> {
  if (runner === 'none') return mkdtemp(join(tmpdir(), 'drover-peer-'));
  await mkdir(wineFolder, { recursive: true });
  const base = await mkdtemp(join(wineFolder, 'run-'));
  if (existsSync(join(keptTemplate, '.ready'))) await symlink(keptTemplate, join(base, templateName));
  return base;
}

/** The first run with Wine leaves its template for the next ones. */
async function removeBase(base: string): Promise<void> {
  const template = join(base, templateName);
  if (existsSync(join(template, '.ready')) && !existsSync(keptTemplate)) await rename(template, keptTemplate);
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
}

function commandLine(options: PeerOptions, runner: string, base: string): string[] {
  return [
    startScript,
    '--stdin',
    ...['--base', base],
    ...['--hosts', options.addresses.join(',')],
    ...['--runner', runner],
    ...['--remote-registry', options.remoteRegistry ?? 'running'],
    ...['--registry', options.registry ?? 'samba'],
    ...['--encrypt', options.encrypt ?? 'default'],
    ...(options.more ?? []),
  ];
}

function readHosts(child: PeerProcess, deadlineMs: number): Promise<PeerHost[]> {
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => {
    complaints = (complaints + data.toString()).slice(-4_000);
  });
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`the peer was not up in ${deadlineMs} ms: ${complaints}`)),
      deadlineMs,
    );
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      if (!line.startsWith('[')) return;
      clearTimeout(timer);
      done((JSON.parse(line) as StartedHost[]).map(peerHost));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`the peer ended with ${code}: ${complaints}`));
    });
  });
}

interface StartedHost {
  ip: string;
  name: string;
  dir: string;
  c: string;
}

const peerHost = ({ ip, name, dir, c }: StartedHost): PeerHost => ({
  address: ip,
  name,
  driveFolder: c,
  events: async () =>
    (await readFile(join(dir, 'events.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as PeerEvent),
  log: () => readFile(join(dir, 'peer.log'), 'utf8'),
});

async function end(child: PeerProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await exited;
  clearTimeout(timer);
}
