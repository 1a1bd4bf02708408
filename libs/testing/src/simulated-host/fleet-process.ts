import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { readLedgerFile, type LedgerEntry } from './computer/ledger';
import type { FleetCommand } from './fleet-control';

export interface FleetProcessOptions {
  count?: number;
  hosts?: { name?: string; address?: string }[];
  port?: number;
  subnet?: string;
  /** Where the computers keep their state; their ledgers are read from there. */
  stateFolder: string;
  speed?: number;
}

export interface FleetProcess {
  hosts: { name: string; address: string; port: number }[];
  pid: number;
  /** Resolves when the command is in force. */
  control(command: FleetCommand): Promise<void>;
  /** What one computer, or all of them in no order between them, have recorded up to this moment. */
  ledger(host?: string): LedgerEntry[];
  close(): Promise<void>;
}

/** Starts a fleet in a process of its own (main.ts) and resolves when its computers listen. It ends with this process. */
export async function startFleetProcess(options: FleetProcessOptions): Promise<FleetProcess> {
  const built = join(__dirname, 'main.js');
  const [file, runtime] = existsSync(built) ? [built, []] : [join(__dirname, 'main.ts'), ['--import', 'tsx']];
  const child = spawn(process.execPath, [...runtime, file, ...parameters(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TSX_TSCONFIG_PATH: resolve(__dirname, '../../../../tsconfig.base.json') },
  });
  const replies = new Replies(child);
  const { hosts } = (await replies.next(undefined)) as unknown as Pick<FleetProcess, 'hosts'>;
  let commands = 0;
  return {
    hosts,
    pid: child.pid as number,
    async control(command) {
      const id = (commands += 1);
      child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
      const { error } = await replies.next(id);
      if (error !== undefined) throw new Error(`the fleet refuses ${command.do}: ${error}`);
    },
    ledger: (host) =>
      hosts
        .filter(({ name }) => host === undefined || name === host)
        .flatMap(({ name }) => readLedgerFile(join(options.stateFolder, name, 'ledger.jsonl'))),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), endWaitMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function parameters({ count, hosts, port, subnet, stateFolder, speed }: FleetProcessOptions): string[] {
  const given = { count, port, subnet, speed, state: stateFolder, hosts: hosts && JSON.stringify(hosts) };
  const named = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  return [...named, '--until-stdin-closes'];
}

interface Reply {
  id?: number;
  error?: string;
}

/** Lines of the child, handed to whoever waits for their id; all waits end when the child does. */
class Replies {
  private readonly waiting = new Map<
    number | undefined,
    { resolve(reply: Reply): void; reject(error: Error): void }
  >();

  constructor(child: ChildProcess) {
    if (child.stdout === null) throw new Error('the fleet has no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      this.waiting.get(reply.id)?.resolve(reply);
      this.waiting.delete(reply.id);
    });
    const fail = (what: string): void => {
      for (const { reject } of this.waiting.values()) reject(new Error(what));
      this.waiting.clear();
    };
    child.once('error', (error) => fail(`the fleet did not start: ${error.message}`));
    child.once('exit', (code, signal) => fail(`the fleet has ended (${code ?? signal})`));
  }

  next(id: number | undefined): Promise<Reply> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
}

const endWaitMs = 5000;
