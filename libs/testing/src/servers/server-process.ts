/**
 * A server as a child process. A durable one has its own process group, so that Ctrl-C reaches Drover first, and
 * a pid file by which a later start finds it. A throw-away one dies with the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ServerError } from './server-error';
import { writePidFile } from './process-identity';
import { waitFor } from './wait-for';

const readyWithinMs = 30_000;
const politeMs = 8_000;
const logTailCharacters = 600;

export interface ServerCommand {
  name: string;
  /** Its pid file and log are here. */
  folder: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** uid and gid to run as. */
  user?: number;
  durable: boolean;
  /** What ends it gently. */
  endSignal: NodeJS.Signals;
  /** True once it answers; asked every few milliseconds. */
  isReady: () => Promise<boolean>;
}

export interface ServerProcess {
  pid: number;
  stop(): Promise<void>;
  /** As a crash would. */
  kill(): Promise<void>;
  hasEnded(): boolean;
}

/** Starts it and resolves when it is ready. @throws ServerError with the end of its log. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const logFile = join(server.folder, 'log');
  const child = spawnServer(server, logFile);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const hasEnded = (): boolean =>
    failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const isUp = await waitFor(async () => {
    if (hasEnded()) return false;
    return (await server.isReady()) && !hasEnded() ? true : undefined;
  }, readyWithinMs);
  if (!isUp || child.pid === undefined) {
    child.kill('SIGKILL');
    const kind = hasEnded() ? 'notStarted' : 'notReady';
    throw new ServerError(kind, `${server.name} did not start: ${tailOf(logFile)}`, failure);
  }
  const pidFile = join(server.folder, 'pid');
  if (server.durable) writePidFile(pidFile, child.pid);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.durable) {
      if (!hasEnded()) child.kill(signal);
    } else child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), politeMs);
    await ended;
    clearTimeout(timer);
    rmSync(pidFile, { force: true });
  };
  return { pid: child.pid, stop: () => end(server.endSignal), kill: () => end('SIGKILL'), hasEnded };
}

/** Ends the server when its standard input ends, which happens whichever way the parent dies. */
const watchdog =
  'exec 3<&0; "$@" </dev/null & server=$!; trap "kill -TERM $server" TERM INT; (read -r _ <&3; kill -KILL $server) 2>/dev/null & wait $server';

function spawnServer(server: ServerCommand, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const as = server.user === undefined ? {} : { uid: server.user, gid: server.user };
  const env = { ...process.env, ...server.env };
  try {
    if (server.durable) {
      const child = spawn(server.command, server.args, {
        stdio: ['ignore', log, log],
        detached: true,
        env,
        ...as,
      });
      child.unref();
      return child;
    }
    return spawn('sh', ['-c', watchdog, 'sh', server.command, ...server.args], {
      stdio: ['pipe', log, log],
      detached: true,
      env,
      ...as,
    });
  } finally {
    closeSync(log);
  }
}

function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-logTailCharacters).trim();
  } catch {
    return 'it left no log';
  }
}
