import { outputTailBytesMax } from './journal-codec';
import type { JournalEnd, JournalRecord, StepMeaning } from './journal';

/** One execution of a step. `exitCode` is unsigned, 0 to 4294967295. */
export interface RunProgress {
  run: number;
  step: number;
  startedAt: Date;
  endedAt?: Date;
  exitCode?: number;
  succeeded?: boolean;
  ended?: 'exited' | 'stopped' | 'notStarted';
  win32Error?: number;
  /** What the exit code says beyond success and failure. */
  meaning?: StepMeaning;
  /** UTF-8, the last 64 KiB at most. */
  output: Buffer;
  /** How many bytes are missing before `output`: above 0 the cut is to be shown. */
  droppedBytes: number;
}

export interface JournalProgress {
  /** Records below it have been folded; repeated ones are ignored. */
  nextSequence: number;
  runs: readonly RunProgress[];
  begun?: { at: Date; runnerVersion: string; bootedAt: Date };
  /** A dispatcher has put this file in the runner's way: the attempt never began and never will. */
  fenced: boolean;
  /**
   * The last record: the computer is about to restart, and the runner will go on. Until it has, a task that does not run is
   * no interruption.
   */
  awaitsRestart?: { at: Date; run: number; step: number; cause: 'asked' | 'begunByStep' };
  /** Restarts after which the runner has gone on. */
  restarts?: number;
  end?: { at: Date; end: JournalEnd; lastExitCode: number };
  /** What contradicts itself; records after it are not folded. */
  damage?: string;
}

/** The runner paces a retry loop so that it stays below this. */
export const runsMax = 10_000;
/** Output kept over all runs; beyond it the earliest runs lose theirs, counted in `droppedBytes`. */
export const progressOutputBytesMax = 4 * 1024 * 1024;

export const noProgress: JournalProgress = { nextSequence: 0, runs: [], fenced: false };

/**
 * What `records` add to `progress`. Nothing given is changed. Records come in the order of the journal; those folded
 * before are ignored, so a part may be read twice.
 */
export function foldJournal(
  records: readonly JournalRecord[],
  progress: JournalProgress = noProgress,
): JournalProgress {
  const draft: Draft = { ...progress, runs: [...progress.runs] };
  for (const record of records) {
    if (draft.damage !== undefined) break;
    if (record.sequence < draft.nextSequence) continue;
    draft.nextSequence = record.sequence + 1;
    const contradiction = apply(draft, record);
    if (contradiction !== undefined) draft.damage = `${contradiction} (record ${record.sequence})`;
  }
  forgetEarlyOutput(draft.runs);
  return draft;
}

type RunRecord = Exclude<Extract<JournalRecord, { run: number }>, { kind: 'restart' }>;
type Draft = JournalProgress & { runs: RunProgress[] };

/** Applies one record, or says why it cannot follow what was before it. */
function apply(draft: Draft, record: JournalRecord): string | undefined {
  if (draft.fenced || draft.end) return 'a record after the end';
  if (record.kind === 'fenced') {
    if (draft.begun) return 'fenced after it had begun';
    draft.fenced = true;
    return undefined;
  }
  if (record.kind === 'begun') {
    if (draft.begun) return 'begun twice';
    draft.begun = { at: record.at, runnerVersion: record.runnerVersion, bootedAt: record.bootedAt };
    return undefined;
  }
  if (!draft.begun) return `${record.kind} before begun`;
  if (record.kind === 'restart') {
    const { at, run, step, cause } = record;
    if (draft.runs.at(-1)?.run !== run) return 'a restart of another run';
    draft.awaitsRestart = { at, run, step, cause };
    return undefined;
  }
  const awaited = draft.awaitsRestart;
  delete draft.awaitsRestart;
  if (record.kind === 'resumed') {
    if (!awaited) return 'resumed without a restart';
    draft.restarts = (draft.restarts ?? 0) + 1;
    return undefined;
  }
  if (record.kind === 'ended') {
    draft.end = { at: record.at, end: record.end, lastExitCode: record.lastExitCode };
    return undefined;
  }
  return applyToRun(draft.runs, record);
}

function applyToRun(runs: RunProgress[], record: RunRecord): string | undefined {
  if (record.kind === 'stepStarted') {
    if (record.run !== runs.length) return `run ${record.run} out of order`;
    if (record.run >= runsMax) return `more than ${runsMax} runs`;
    const before = runs.at(-1);
    if (before && !before.endedAt) return 'a step started before the one before had ended';
    runs.push({
      run: record.run,
      step: record.step,
      startedAt: record.at,
      output: Buffer.alloc(0),
      droppedBytes: 0,
    });
    return undefined;
  }
  const current = runs.at(-1);
  if (!current || current.run !== record.run || current.endedAt)
    return `${record.kind} of a run that is not going on`;
  runs[record.run] = continued(current, record);
  return record.kind === 'stepEnded' && record.step !== current.step ? 'another step ended' : undefined;
}

function continued(run: RunProgress, record: Exclude<RunRecord, { kind: 'stepStarted' }>): RunProgress {
  switch (record.kind) {
    case 'output': {
      const all = Buffer.concat([run.output, record.data]);
      const cutBytes = Math.max(0, all.length - outputTailBytesMax);
      return { ...run, output: all.subarray(cutBytes), droppedBytes: run.droppedBytes + cutBytes };
    }
    case 'outputTail':
      return { ...run, output: record.data, droppedBytes: record.droppedBytes };
    case 'stepEnded': {
      const { exitCode, succeeded, ended, win32Error, meaning } = record;
      const said = meaning && { meaning };
      return { ...run, endedAt: record.at, exitCode, succeeded, ended, win32Error, ...said };
    }
  }
}

function forgetEarlyOutput(runs: RunProgress[]): void {
  let keptBytes = 0;
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs[index];
    if (!run || run.output.length === 0) continue;
    keptBytes += run.output.length;
    if (keptBytes <= progressOutputBytesMax) continue;
    runs[index] = { ...run, output: Buffer.alloc(0), droppedBytes: run.droppedBytes + run.output.length };
    keptBytes -= run.output.length;
  }
}
