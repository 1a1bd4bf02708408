/**
 * Stops the work on a computer (DEP-8): asks the runner through the attempt's key, which ends the process tree and is
 * journalled; a runner that does not answer is ended by Task Scheduler. What had ended before the request reached it keeps
 * its result.
 */
import {
  cancelValue,
  failureOf,
  namesOfAttempt,
  openRegistry,
  settleAttempt,
  type AttemptNames,
} from '@drover/remote-work';
import type { TaskStatus } from '@drover/windows-remote';
import type { Visit, VisitEnd } from './collect-target';
import { factOfEnd, stoppedCause } from './journal-end';
import { readJournal, type JournalNews } from './read-journal';

/** How long a runner has to stop by itself. */
const patienceMs = 10_000;
const lookEveryMs = 500;
const againMs = 2_000;

export async function stopTarget(visit: Visit): Promise<VisitEnd> {
  const { host, assignment } = visit;
  const names = namesOfAttempt(assignment.targetId, assignment.attempt);
  const task = await host.tasks.state(names.taskPath);
  const before = await readJournal(visit.ports, host, assignment, names, visit.guard);
  if (before.ended) return { kind: 'fact', fact: factOfEnd(before.ended, assignment.status) };
  const asked = await askRunner(visit, names);
  // Nobody has asked it to stop and it is gone all the same.
  if (asked === 'asked' && before.hasBegun && !isAtWork(task)) return interruptedBefore;
  const end = asked === 'noKey' ? undefined : await awaitEnd(visit, names);
  if (end) return end;
  await host.tasks.stop(names.taskPath);
  return (await awaitEnd(visit, names)) ?? { kind: 'again', afterMs: againMs };
}

/** Puts the request where the runner watches; `askedBefore` when an earlier visit has done so. */
async function askRunner(visit: Visit, names: AttemptNames): Promise<'asked' | 'askedBefore' | 'noKey'> {
  const { host, ports } = visit;
  try {
    await openRegistry(host);
    const key = await host.registry.openKey(names.keyPath);
    if (!key) return 'noKey';
    const isThere = (await key.getValue(cancelValue)) !== undefined;
    await key.setValue(cancelValue, { type: 'dword', number: 1 });
    await key.close();
    return isThere ? 'askedBefore' : 'asked';
  } catch (error) {
    const failure = failureOf(error);
    if (!failure || failure.fact === 'offline') throw error;
    // Without a registry the task can still be stopped.
    ports.log.note('could not ask the runner to stop', { targetId: names.name, cause: failure.cause });
    return 'noKey';
  }
}

const isAtWork = (task: TaskStatus | undefined): boolean =>
  task?.state === 'running' || task?.state === 'queued';

const interruptedBefore: VisitEnd = {
  kind: 'fact',
  fact: {
    fact: 'interrupted',
    cause: {
      kind: 'runner',
      reason: 'runnerGone',
      message: 'the runner was gone before it could be asked to stop',
    },
  },
};

/** Waits until no runner is at work; undefined when one still is after `patienceMs`. */
async function awaitEnd(visit: Visit, names: AttemptNames): Promise<VisitEnd | undefined> {
  const { ports, host, assignment, guard } = visit;
  const untilMs = ports.clock.monotonicMs() + patienceMs;
  for (;;) {
    const task = await host.tasks.state(names.taskPath);
    const news = await readJournal(ports, host, assignment, names, guard);
    if (news.ended) return { kind: 'fact', fact: factOfEnd(news.ended, assignment.status) };
    if (!isAtWork(task)) return await endWithoutRunner(visit, names, news);
    if (ports.clock.monotonicMs() >= untilMs) return undefined;
    await ports.clock.wait(lookEveryMs, guard.signal);
    guard.rest();
  }
}

async function endWithoutRunner(visit: Visit, names: AttemptNames, news: JournalNews): Promise<VisitEnd> {
  if (news.hasBegun) return { kind: 'fact', fact: { fact: 'stopped', cause: stoppedCause } };
  const settled = await settleAttempt(visit.host, names, visit.ports.clock, visit.guard);
  if (settled.kind === 'notStarted') return { kind: 'fact', fact: { fact: 'neverStarted' } };
  return { kind: 'again', afterMs: againMs };
}
