/**
 * Fetches Debian or Ubuntu packages with apt, which checks their signatures, and unpacks them into a folder. Apt
 * gets state and cache folders of its own, so neither root nor the machine's package database is touched.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptWithinMs = 180_000;

const needed = ['nats-server', 'redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2', 'libatomic1'];
/** Libraries that Ubuntu's Redis uses and Debian's does not. */
const perhaps = ['liblua5.1-0', 'lua-cjson', 'lua-bitop'];

/** Returns why it did not work, or undefined. Several processes may do it at once: the first one's result stays. */
export async function unpackDebianPackages(root: string): Promise<string | undefined> {
  mkdirSync(dirname(root), { recursive: true });
  const work = mkdtempSync(join(dirname(root), 'fetching-'));
  try {
    const apt = await aptArguments(work);
    await run('apt-get', [...apt, 'update'], { timeout: aptWithinMs, cwd: work });
    await run('apt-get', [...apt, 'download', ...needed], { timeout: aptWithinMs, cwd: work });
    for (const name of perhaps) await optionally(apt, name, work);
    const unpacked = join(work, 'root');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, file), unpacked], { timeout: aptWithinMs });
    }
    if (existsSync(root)) rmSync(root, { recursive: true, force: true });
    renameSync(unpacked, root);
    return undefined;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    return said || (error instanceof Error ? error.message : 'apt failed');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function aptArguments(work: string): Promise<string[]> {
  const state = join(work, 'state');
  const cache = join(work, 'cache');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  writeFileSync(join(state, 'status'), '');
  const { stdout } = await run('dpkg', ['--print-architecture']);
  const options = {
    'Dir::State': state,
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': cache,
    'Debug::NoLocking': '1',
    'APT::Architectures': stdout.trim(),
    // As root, apt would fetch as another user that may not enter this folder.
    'APT::Sandbox::User': '',
  };
  return ['-qq', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** A package that this distribution may not have, or not need: the binary's own start decides. */
async function optionally(apt: string[], name: string, work: string): Promise<void> {
  const download = run('apt-get', [...apt, 'download', name], { timeout: aptWithinMs, cwd: work });
  await Promise.allSettled([download]);
}
