/**
 * What became of an attempt that was granted, when whoever was granted it cannot say. The journal file is the claim:
 * exactly one party creates it. When this does, with a fence in it, the runner can never begin; otherwise the file tells.
 */
import { decodeJournal, fencedJournal, journalRecordBytesMax } from '@drover/domain';
import { RemoteError, type WindowsHost } from '@drover/windows-remote';
import { droverFolder, type AttemptNames } from '../computer/names';
import type { Clock } from '../ports';
import type { FlightGuard } from '../contact/flight-guard';

export type Settled =
  | { kind: 'adopted'; begunAt: Date }
  /** Nothing began and nothing ever can in this attempt. */
  | { kind: 'notStarted'; because: string }
  | { kind: 'unknown'; because: string };

/** How often a runner that has claimed the attempt is given time to write its first record. */
const looksMax = 8;
const lookEveryMs = 1_000;

/** @throws RemoteError when the computer cannot be asked. */
export async function settleAttempt(
  host: WindowsHost,
  names: AttemptNames,
  clock: Clock,
  guard: FlightGuard,
): Promise<Settled> {
  if (await fence(host, names, clock)) return { kind: 'notStarted', because: 'the attempt was fenced' };
  for (let look = 1; look <= looksMax; look++) {
    // The state is read before the journal: a runner seen at rest has written all that it ever will.
    const task = await host.tasks.state(names.taskPath);
    const part = decodeJournal(
      await host.files.read(names.journalPath, { length: journalRecordBytesMax }),
      0,
    );
    const first = part.records[0];
    if (first?.kind === 'begun') return { kind: 'adopted', begunAt: first.at };
    if (first?.kind === 'fenced') return { kind: 'notStarted', because: 'the attempt had been fenced' };
    const isAtWork = task?.state === 'running' || task?.state === 'queued';
    if (!isAtWork) {
      return part.damage === undefined
        ? { kind: 'notStarted', because: 'the runner ended before it had begun' }
        : { kind: 'unknown', because: `the journal is damaged: ${part.damage}` };
    }
    await clock.wait(lookEveryMs, guard.signal);
    guard.rest();
  }
  return { kind: 'unknown', because: 'the runner has claimed the attempt and has not begun' };
}

/** Whether the fence stands because this call put it there. */
async function fence(host: WindowsHost, names: AttemptNames, clock: Clock): Promise<boolean> {
  const write = (): Promise<void> =>
    host.files.write(names.journalPath, fencedJournal(clock.now()), { mode: 'create' });
  try {
    await write();
    return true;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.reason === 'alreadyExists') return false;
    if (error.reason !== 'notFound') throw error;
  }
  // Without the folder no runner can have begun, but one that is on its way could still come.
  await host.files.makeDirectory(droverFolder);
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'alreadyExists') return false;
    throw error;
  }
}
