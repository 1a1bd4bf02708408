/**
 * Which process a pid file means. A pid alone is not enough: after a restart of the machine, or just later, the
 * number belongs to somebody else. The instant at which the process started settles it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { waitFor } from './wait-for';

const record = z.object({ pid: z.int().min(2), startedAt: z.string().min(1) });
const politeMs = 5_000;
const forcedMs = 5_000;

export function writePidFile(file: string, pid: number): void {
  writeFileSync(file, JSON.stringify({ pid, startedAt: startOf(pid) ?? 'ended' }));
}

/** The pid in the file when that very process still runs; a stale or broken file counts as absent. */
export function livingPid(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const read = record.safeParse(parsed(readFileSync(file, 'utf8')));
  if (!read.success) return undefined;
  return startOf(read.data.pid) === read.data.startedAt ? read.data.pid : undefined;
}

/** Ends the process of a pid file, politely first, and removes the file. */
export async function endByPidFile(file: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const pid = livingPid(file);
  if (pid !== undefined) {
    send(pid, signal);
    const hasEnded = () => (livingPid(file) === undefined ? true : undefined);
    if (!(await waitFor(hasEnded, politeMs))) {
      send(pid, 'SIGKILL');
      await waitFor(hasEnded, forcedMs);
    }
  }
  rmSync(file, { force: true });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Undefined when no such process runs; a zombie does not run. */
function startOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    if (!existsSync(`/proc/${pid}/stat`)) return undefined;
    const stat = textOf(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // proc(5): state is field 3 and starttime field 22; the slice begins at field 3.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()} ${fields[19] ?? ''}`;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    // ps answers 1 when there is no such process.
    return undefined;
  }
}

const bootId = (): string => textOf('/proc/sys/kernel/random/boot_id').trim();

/** Empty when the file has gone in between, as /proc entries do. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
