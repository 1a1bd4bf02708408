/**
 * The simulated computers, in a process of their own: they keep working when Drover is killed, as real ones would.
 * A later start finds them by their pid file and the list of their addresses.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endByPidFile, fleetProgram, livingPid, waitFor, writePidFile } from '@drover/testing';
import { z } from 'zod';

const computers = 25;
/** A part of loopback of its own, away from what tests use. */
const subnet = '127.20.1';
const startWithinMs = 30_000;
/** On a busy machine a computer that lives may take a while; ending it would interrupt its work. */
const connectWithinMs = 10_000;

const hostList = z.object({
  hosts: z.array(z.object({ name: z.string(), address: z.string(), port: z.int() })).min(1),
});

export interface Fleet {
  hosts: { name: string; address: string; port: number }[];
  isAdopted: boolean;
  /** Of the account that manages the computers; random, and kept with them. */
  password: string;
  end(): Promise<void>;
}

/** Adopts the computers that an earlier Drover left running, or starts them on the addresses they had. */
export async function startFleet(stateFolder: string): Promise<Fleet> {
  const folder = join(stateFolder, 'fleet');
  mkdirSync(folder, { recursive: true });
  const end = (): Promise<void> => endByPidFile(join(folder, 'pid'));
  const known = readHosts(join(folder, 'hosts.json'));
  const password = passwordOf(folder);
  if (known && livingPid(join(folder, 'pid')) !== undefined && (await answers(known[0]))) {
    return { hosts: known, isAdopted: true, password, end };
  }
  await end();
  const hosts = await spawnFleet(folder, known?.[0]?.port ?? 0, password);
  writeFileSync(join(folder, 'hosts.json'), JSON.stringify({ hosts }));
  return { hosts, isAdopted: false, password, end };
}

function passwordOf(folder: string): string {
  const file = join(folder, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(15).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function spawnFleet(folder: string, port: number, password: string): Promise<Fleet['hosts']> {
  const said = join(folder, 'said.jsonl');
  const output = openSync(said, 'w');
  const log = openSync(join(folder, 'log'), 'a');
  const { file, runtime } = fleetProgram();
  const child = spawn(
    process.execPath,
    [
      ...runtime,
      file,
      ...['--count', String(computers), '--subnet', subnet],
      ...['--port', String(port), '--state', join(folder, 'computers')],
    ],
    {
      stdio: ['ignore', output, log],
      detached: true,
      env: { ...process.env, DROVER_FLEET_PASSWORD: password },
    },
  );
  child.unref();
  closeSync(output);
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const hasEnded = (): boolean =>
    failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const hosts = await waitFor(() => (hasEnded() ? [] : readHosts(said)), startWithinMs);
  if (hosts === undefined || hosts.length === 0 || child.pid === undefined) {
    child.kill('SIGKILL');
    const where = port === 0 ? '' : ` (they are known by port ${port}, which may be taken)`;
    throw new Error(`the simulated computers did not start${where}; see ${join(folder, 'log')}`, {
      cause: failure,
    });
  }
  writePidFile(join(folder, 'pid'), child.pid);
  return hosts;
}

/** Undefined while the file is absent or half written. */
function readHosts(file: string): Fleet['hosts'] | undefined {
  if (!existsSync(file)) return undefined;
  const line = readFileSync(file, 'utf8').split('\n')[0] ?? '';
  if (!line.endsWith('}')) return undefined;
  const read = hostList.safeParse(JSON.parse(line));
  return read.success ? read.data.hosts : undefined;
}

const answers = (host: { address: string; port: number } | undefined): Promise<boolean> =>
  new Promise((resolve) => {
    if (!host) return resolve(false);
    const socket = connect({ host: host.address, port: host.port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(connectWithinMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
