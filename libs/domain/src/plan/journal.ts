/**
 * What the runner wrote about one attempt. The bytes are docs/plan-format.md; `decodeJournal` in
 * journal-codec.ts reads them from any offset, and stops quietly before a record that is not whole yet.
 */

/** How an attempt ended, as the runner saw it. */
export type JournalEnd = 'stoppedSuccess' | 'stoppedFailure' | 'maximumDurationPassed' | 'cancelled';

export type StepMeaning = 'restartNeeded' | 'restartBegun' | 'tryAgain';

/**
 * `sequence` counts records from 0 in one journal. `run` counts step executions from 0: a step that is reached twice
 * has two runs.
 */
export type JournalRecord = { sequence: number; at: Date } & (
  | { kind: 'begun'; runnerVersion: string; bootedAt: Date }
  | { kind: 'fenced' }
  | { kind: 'stepStarted'; run: number; step: number }
  /** Bytes as the step wrote them, converted to UTF-8; streamed until 64 KiB of one run have been journalled. */
  | { kind: 'output'; run: number; data: Buffer }
  /** Replaces what was streamed for the run: the last 64 KiB, and how many bytes before them are gone. */
  | { kind: 'outputTail'; run: number; droppedBytes: number; data: Buffer }
  | {
      kind: 'stepEnded';
      run: number;
      step: number;
      exitCode: number;
      succeeded: boolean;
      ended: 'exited' | 'stopped' | 'notStarted';
      win32Error: number;
      /** What the exit code says beyond success and failure (STEP-7). */
      meaning?: StepMeaning;
    }
  /**
   * The computer is about to restart: a Restart step has asked for it, or the step that has ended says that it has begun
   * one. As the last record of a journal it means that the runner goes on after the restart.
   */
  | {
      kind: 'restart';
      run: number;
      step: number;
      /** Names the time between two restarts. */
      bootId: Buffer;
      /** Of the maximum duration. */
      elapsedMs: number;
      /** In this attempt, this one included. */
      restarts: number;
      cause: 'asked' | 'begunByStep';
    }
  | { kind: 'resumed'; runnerVersion: string; bootedAt: Date }
  | { kind: 'ended'; end: JournalEnd; lastExitCode: number }
);

export interface JournalPart {
  records: JournalRecord[];
  /** Offset of the first byte not consumed: read from here next time. */
  nextOffset: number;
  /** Set when a whole record is damaged (checksum, shape): nothing after it can be trusted. */
  damage?: string;
}
