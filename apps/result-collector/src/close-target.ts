/**
 * Removes everything of a target from its computer, every attempt of it, once the ledger has committed the outcome: first
 * the tasks, so that nothing can start, then plans and journals. Only the runner's file stays, for the next deployment.
 */
import {
  belongsToTarget,
  droverFolder,
  droverKey,
  namesOfAttempt,
  openRegistry,
  taskFolder,
  together,
} from '@drover/remote-work';
import { RemoteError } from '@drover/windows-remote';
import type { Visit, VisitEnd } from './collect-target';
import { readJournal } from './read-journal';

const stillRunningAgainMs = 2_000;
const untoldAgainMs = 500;
/** With less than this left until the deadline of the clean-up, removing comes first. */
const untoldGivenUpMs = 10 * 60_000;
/** An honest computer has a few; a hostile one may list what it likes. */
const removalsMax = 200;

export async function closeTarget(visit: Visit): Promise<VisitEnd> {
  const { host, assignment, ports } = visit;
  const mine = (names: string[]): string[] =>
    names.filter((name) => belongsToTarget(assignment.targetId, name)).slice(0, removalsMax);

  const tasks = mine(await orNone(host.tasks.list(taskFolder)));
  const running = await Promise.all(tasks.map((name) => stopIfRunning(visit, `${taskFolder}\\${name}`)));
  if (running.includes(true)) return { kind: 'again', afterMs: stillRunningAgainMs };
  if (await hasUntoldRecords(visit)) return { kind: 'again', afterMs: untoldAgainMs };
  await together(tasks.map((name) => host.tasks.delete(`${taskFolder}\\${name}`)));

  await openRegistry(host);
  const [files, keys] = await together([
    orNone(host.files.list(droverFolder, `${assignment.targetId}-*`).then((all) => all.map((f) => f.name))),
    orNone(keysOf(visit)),
  ]);
  await together([
    ...mine(keys).map((name) => host.registry.deleteTree(`${droverKey}\\${name}`)),
    ...mine(files).map((name) => host.files.delete(`${droverFolder}\\${name}`)),
  ]);
  for (let attempt = 1; attempt <= assignment.attempt; attempt++)
    ports.places.forget(`${assignment.targetId}-${attempt}`);
  return { kind: 'fact', fact: { fact: 'nothingLeft' } };
}

/**
 * The bus may have lost progress that it had accepted, and the journal is its only other copy: what the ledger has not
 * stored is sent again before the journal is deleted. Only for a while: a damaged journal may never be stored whole.
 */
async function hasUntoldRecords({ ports, host, assignment, guard }: Visit): Promise<boolean> {
  const leftMs =
    assignment.deadlineAt === null ? 0 : Date.parse(assignment.deadlineAt) - ports.clock.now().getTime();
  if (assignment.attempt === 0 || leftMs < untoldGivenUpMs) return false;
  const names = namesOfAttempt(assignment.targetId, assignment.attempt);
  const { newRecords, hasMore } = await readJournal(ports, host, assignment, names, guard);
  return newRecords > 0 || hasMore;
}

async function keysOf({ host }: Visit): Promise<string[]> {
  const key = await host.registry.openKey(droverKey);
  if (!key) return [];
  const names = await key.subkeys();
  await key.close();
  return names;
}

/** A runner may be at work when its journal could not be read; its outcome is committed, so it is ended. */
async function stopIfRunning({ host }: Visit, path: string): Promise<boolean> {
  const isRunning = async (): Promise<boolean> => (await host.tasks.state(path))?.state === 'running';
  if (!(await isRunning())) return false;
  await host.tasks.stop(path);
  return isRunning();
}

/** A folder that is not there holds nothing. */
async function orNone(names: Promise<string[]>): Promise<string[]> {
  try {
    return await names;
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'notFound') return [];
    throw error;
  }
}
