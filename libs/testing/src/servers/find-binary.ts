/**
 * Where redis-server and nats-server come from, since no npm package carries them: the PATH, the cache folder,
 * Debian or Ubuntu packages unpacked without root into the cache, Homebrew. Otherwise a message that says what to
 * install, or which variable to set.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { unpackDebianPackages } from './debian-packages';
import { ServerError } from './server-error';

export type ServerBinary = 'redis-server' | 'nats-server';

export interface Binary {
  command: string;
  args: string[];
  env: Record<string, string>;
}

const variableOf: Record<ServerBinary, string> = { 'redis-server': 'REDIS_URL', 'nats-server': 'NATS_URL' };
const formulaOf: Record<ServerBinary, string> = { 'redis-server': 'redis', 'nats-server': 'nats-server' };
const oldest: Record<ServerBinary, [number, number]> = { 'redis-server': [6, 2], 'nats-server': [2, 9] };
const askWithinMs = 10_000;

const found = new Map<ServerBinary, Promise<Binary>>();

/** @throws ServerError 'notFound' that names every way to provide it. */
export function findBinary(name: ServerBinary, progress?: (line: string) => void): Promise<Binary> {
  let answer = found.get(name);
  if (answer === undefined) {
    answer = search(name, progress ?? (() => undefined));
    found.set(name, answer);
    answer.catch(() => found.delete(name));
  }
  return answer;
}

/** Outside the project, so that every clone and every test shares what was fetched once. */
export function cacheFolder(): string {
  const cache = process.env['DROVER_CACHE'] ?? process.env['XDG_CACHE_HOME'];
  return process.env['DROVER_CACHE']
    ? resolve(String(cache))
    : join(cache ?? join(homedir(), '.cache'), 'drover');
}

async function search(name: ServerBinary, progress: (line: string) => void): Promise<Binary> {
  const onPath = usable(name, { command: fromPath(name) ?? '', args: [], env: {} });
  if (onPath) return onPath;
  const root = join(cacheFolder(), 'servers', `${process.platform}-${process.arch}`);
  const cached = usable(name, unpacked(root, name));
  if (cached) return cached;
  const tried: string[] = [];
  if (fromPath('apt-get') && fromPath('dpkg')) {
    progress('fetching Redis and NATS as Debian packages (once)');
    const failure = await unpackDebianPackages(root);
    const fetched = usable(name, unpacked(root, name));
    if (fetched) return fetched;
    tried.push(`Debian packages: ${failure ?? 'what they hold does not run here'}`);
  }
  if (fromPath('brew')) {
    progress(`installing ${formulaOf[name]} with Homebrew (once)`);
    spawnSync('brew', ['install', '--quiet', formulaOf[name]], { stdio: 'ignore' });
    const brewed = usable(name, { command: fromPath(name) ?? '', args: [], env: {} });
    if (brewed) return brewed;
    tried.push('Homebrew could not install it');
  }
  const [major, minor] = oldest[name];
  throw new ServerError(
    'notFound',
    `${name} ${major}.${minor} or later was not found. Install it so that it is on the PATH, or start one yourself ` +
      `and set ${variableOf[name]}.${tried.length > 0 ? ` Tried: ${tried.join('; ')}.` : ''}`,
  );
}

/** The binary when it runs and is not too old. */
function usable(name: ServerBinary, binary: Binary): Binary | undefined {
  if (binary.command === '' || !existsSync(binary.command)) return undefined;
  const asked = spawnSync(binary.command, [...binary.args, '--version'], {
    encoding: 'utf8',
    timeout: askWithinMs,
    env: { ...process.env, ...binary.env },
  });
  if (asked.status !== 0) return undefined;
  const [, major, minor] = /v?=?(\d+)\.(\d+)\.\d+/.exec(asked.stdout + asked.stderr) ?? [];
  const [oldestMajor, oldestMinor] = oldest[name];
  const isRecent =
    Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
  return isRecent ? binary : undefined;
}

function unpacked(root: string, name: ServerBinary): Binary {
  const command = ['usr/bin', 'usr/sbin']
    .map((folder) => join(root, folder, name))
    .find((file) => existsSync(file));
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => librariesIn(join(root, folder)));
  const inherited = process.env['LD_LIBRARY_PATH'];
  const path = [...libraries, ...(inherited ? [inherited] : [])].join(delimiter);
  return { command: command ?? '', args: [], env: { LD_LIBRARY_PATH: path } };
}

/** Debian keeps libraries in one folder per architecture, such as x86_64-linux-gnu. */
function librariesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('-linux-gnu') || name.endsWith('-linux-gnueabihf'))
    .map((name) => join(folder, name));
}

function fromPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}
