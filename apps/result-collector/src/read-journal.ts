/**
 * Reads what a runner has written since the last poll and reports it as progress, record by record. The bytes come from a
 * computer that may be hostile: sizes are limited, damage ends the reading, and nothing here trusts a number in them.
 */
import type { Assignment } from '@drover/contracts';
import { decodeJournal, journalBytesMax, journalRecordBytesMax, type JournalRecord } from '@drover/domain';
import type { AttemptNames, FlightGuard, ProgressReport } from '@drover/remote-work';
import { RemoteError, type WindowsHost } from '@drover/windows-remote';
import type { CollectorPorts } from './ports';

const readBytes = 1024 * 1024;
/** One poll reads at most this; a longer journal takes further polls, so that no target holds a worker for long. */
const bytesPerPollMax = 8 * 1024 * 1024;
/** A record that was being written while it was read is whole a moment later; a damaged one stays damaged. */
const damageAgainMs = 1_000;

export interface JournalNews {
  /** Whether the attempt has begun, as far as is known by now. */
  hasBegun: boolean;
  ended: Extract<JournalRecord, { kind: 'ended' }> | undefined;
  /** Records that were not reported before. */
  newRecords: number;
  /** More is waiting to be read. */
  hasMore: boolean;
  damage: string | undefined;
  isMissing: boolean;
}

/** @throws RemoteError when the computer cannot be asked; a missing journal is news, not an error. */
export async function readJournal(
  ports: CollectorPorts,
  host: WindowsHost,
  assignment: Assignment,
  names: AttemptNames,
  guard: FlightGuard,
): Promise<JournalNews> {
  const news: JournalNews = {
    hasBegun: assignment.journalSequence >= 0,
    ended: undefined,
    newRecords: 0,
    hasMore: false,
    damage: undefined,
    isMissing: false,
  };
  let offset = ports.places.offsetAfter(names.name, assignment.journalSequence);
  let readInPoll = 0;
  for (;;) {
    const bytes = await readPart(host, names.journalPath, offset);
    if (!bytes) return { ...news, isMissing: true };
    let part = decodeJournal(bytes, offset);
    if (part.damage !== undefined) {
      await ports.clock.wait(damageAgainMs, guard.signal);
      guard.rest();
      part = decodeJournal((await readPart(host, names.journalPath, offset)) ?? Buffer.alloc(0), offset);
      news.damage = part.damage;
    }
    await reportRecords(ports, assignment, part.records, news);
    const last = part.records.at(-1);
    // The end is read again by whoever has to report it: this visit may be cut off before it has.
    if (news.ended) ports.places.forget(names.name);
    else if (last) ports.places.remember(names.name, { sequence: last.sequence, offset: part.nextOffset });
    const consumed = part.nextOffset - offset;
    offset = part.nextOffset;
    readInPoll += consumed;
    if (news.ended || news.damage !== undefined) return news;
    if (offset > journalBytesMax) return { ...news, damage: 'the journal is longer than any runner writes' };
    if (bytes.length < readBytes || consumed === 0) return news;
    if (readInPoll >= bytesPerPollMax) return { ...news, hasMore: true };
  }
}

/** Whether the journal ends with a restart after which the runner goes on. Asked only when no runner is at work. */
export async function awaitsRestart(host: WindowsHost, path: string): Promise<boolean> {
  let awaits = false;
  for (let offset = 0; offset <= journalBytesMax;) {
    const bytes = await readPart(host, path, offset);
    if (!bytes) return false;
    const part = decodeJournal(bytes, offset);
    if (part.damage !== undefined) return false;
    const last = part.records.at(-1);
    if (last) awaits = last.kind === 'restart';
    if (part.nextOffset === offset || bytes.length < readBytes) break;
    offset = part.nextOffset;
  }
  return awaits;
}

async function readPart(host: WindowsHost, path: string, offset: number): Promise<Buffer | undefined> {
  try {
    return await host.files.read(path, { offset, length: Math.max(readBytes, journalRecordBytesMax) });
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'notFound') return undefined;
    throw error;
  }
}

async function reportRecords(
  ports: CollectorPorts,
  assignment: Assignment,
  records: JournalRecord[],
  news: JournalNews,
): Promise<void> {
  for (const record of records) {
    if (record.kind === 'begun') news.hasBegun = true;
    if (record.kind === 'ended') news.ended = record;
    if (record.sequence <= assignment.journalSequence) continue;
    const entry = entryOf(record);
    if (!entry) continue;
    await ports.ledger.progress({
      targetId: assignment.targetId,
      attempt: assignment.attempt,
      sequence: record.sequence,
      at: record.at.toISOString(),
      record: entry,
    });
    news.newRecords++;
  }
}

/** A fence is no progress of a runner, and what there is to know about a restart is in the steps around it. */
function entryOf(record: JournalRecord): ProgressReport['record'] | undefined {
  switch (record.kind) {
    case 'fenced':
    case 'restart':
    case 'resumed':
      return undefined;
    case 'begun':
      return {
        kind: 'begun',
        runnerVersion: record.runnerVersion,
        bootedAt: record.bootedAt.toISOString(),
      };
    case 'stepStarted':
      return { kind: 'stepStarted', run: record.run, step: record.step };
    case 'output':
      return { kind: 'output', run: record.run, data: record.data.toString('base64') };
    case 'outputTail':
      return {
        kind: 'outputTail',
        run: record.run,
        droppedBytes: record.droppedBytes,
        data: record.data.toString('base64'),
      };
    case 'stepEnded': {
      const { kind, run, step, exitCode, succeeded, ended, win32Error } = record;
      return { kind, run, step, exitCode, succeeded, ended, win32Error };
    }
    case 'ended':
      return { kind: 'ended', end: record.end, lastExitCode: record.lastExitCode };
  }
}
