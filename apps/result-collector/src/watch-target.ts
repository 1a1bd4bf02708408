/** One poll of a running target: what is new in the journal, and whether anybody is still writing it. */
import type { Cause } from '@drover/contracts';
import { namesOfAttempt, settleAttempt, type AttemptNames } from '@drover/remote-work';
import type { TaskStatus } from '@drover/windows-remote';
import type { Visit, VisitEnd } from './collect-target';
import { pollAgainMs } from './poll-pace';
import { awaitsRestart, readJournal, type JournalNews } from './read-journal';
import { factOfEnd } from './journal-end';

/** Task Scheduler may take its time between accepting a run and starting the process. */
const startGraceMs = 30_000;
/** ERROR_VIRUS_INFECTED and ERROR_VIRUS_DELETED, as exit code or as HRESULT. */
const virusResults = new Set([225, 226, 0x800700e1, 0x800700e2]);

export async function watchTarget(visit: Visit): Promise<VisitEnd> {
  const { ports, host, assignment, guard } = visit;
  const names = namesOfAttempt(assignment.targetId, assignment.attempt);
  const news = await readJournal(ports, host, assignment, names, guard);
  if (news.ended) return { kind: 'fact', fact: factOfEnd(news.ended, assignment.status) };
  if (news.damage !== undefined) return interrupted('damaged', `the journal is damaged: ${news.damage}`);
  if (news.hasMore) return { kind: 'again', afterMs: 0 };
  const { againMs } = pollAgainMs(assignment.startedAt, ports.clock.now());
  // A runner that writes is alive.
  if (news.newRecords > 0) return { kind: 'again', afterMs: againMs };

  const task = await host.tasks.state(names.taskPath);
  if (task?.state === 'running' || task?.state === 'queued' || task?.state === 'unknown')
    return { kind: 'again', afterMs: againMs };
  // It may have written its last records between the two readings.
  const last = await readJournal(ports, host, assignment, names, guard);
  if (last.ended) return { kind: 'fact', fact: factOfEnd(last.ended, assignment.status) };
  if (last.newRecords > 0 || last.hasMore) return { kind: 'again', afterMs: 0 };
  // The restart takes its time from the maximum duration, which the ledger watches.
  if (last.hasBegun && (await awaitsRestart(host, names.journalPath)))
    return { kind: 'again', afterMs: againMs };
  if (last.hasBegun)
    return interrupted(
      'runnerGone',
      'the runner is gone without having ended: the computer was restarted or the runner was killed',
    );
  return neverBegan(visit, names, task, last, againMs);
}

/** Nothing has begun and no runner is at work. Only a fence makes that certain. */
async function neverBegan(
  visit: Visit,
  names: AttemptNames,
  task: TaskStatus | undefined,
  news: JournalNews,
  againMs: number,
): Promise<VisitEnd> {
  const { ports, host, assignment, guard } = visit;
  const startedMs = assignment.startedAt === null ? 0 : Date.parse(assignment.startedAt);
  const isYoung = ports.clock.now().getTime() - startedMs < startGraceMs;
  if (task && !task.hasRun && isYoung && news.isMissing) return { kind: 'again', afterMs: againMs };
  const settled = await settleAttempt(host, names, ports.clock, guard);
  if (settled.kind !== 'notStarted') return { kind: 'again', afterMs: againMs };
  if (task?.hasRun && virusResults.has(task.lastResult >>> 0))
    return interrupted(
      'malwareFound',
      'the antivirus removed or blocked the runner before it could begin',
      'exclude C:\\Windows\\Drover\\runner-*.exe in the antivirus, or sign the runner with a certificate that it trusts',
    );
  return { kind: 'fact', fact: { fact: 'neverStarted', cause: neverStartedCause(settled.because, task) } };
}

function neverStartedCause(because: string, task: TaskStatus | undefined): Cause {
  const result = task?.hasRun ? task.lastResult >>> 0 : undefined;
  return {
    kind: 'runner',
    reason: 'neverStarted',
    message:
      result === undefined
        ? `the attempt did not begin on the computer: ${because}`
        : `the attempt did not begin: the task ended with result ${result} (0x${result.toString(16)})`,
    ...(result !== undefined && { code: result }),
  };
}

const interrupted = (reason: string, message: string, remedy?: string): VisitEnd => ({
  kind: 'fact',
  fact: {
    fact: 'interrupted',
    cause: {
      kind: 'runner',
      reason,
      message,
      remedy:
        remedy ?? 'look at the steps that were finished, then deploy to this computer again if that is safe',
    },
  },
});
