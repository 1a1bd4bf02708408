/** What one journal record makes of a step's run: pure, applied once per (attempt, sequence) by record-progress.ts. */
import type { Payload, targetProgress } from '@drover/contracts';

export type ProgressRecord = Payload<typeof targetProgress>;
type RunRecord = Exclude<ProgressRecord['record'], { kind: 'begun' | 'ended' }>;

export interface RunState {
  run: number;
  step: number;
  stepName: string;
  state: 'running' | 'succeeded' | 'failed';
  ended: 'exited' | 'stopped' | 'notStarted' | null;
  startedAt: Date;
  endedAt: Date | null;
  exitCode: number | null;
  win32Error: number | null;
  /** The last bytes of what the step wrote, as UTF-8; it may begin or end inside a character. */
  output: Buffer;
  droppedBytes: number;
}

/** STEP-8: this much of the end of a run's output is kept. */
export const outputBytesMax = 64 * 1024;

export interface Applied {
  state: RunState;
  /** What the record added to the output, in whole characters. */
  appended: string;
}

/**
 * @param stepName the name of the step that the record starts or, when its start was never seen, ends.
 * @returns undefined for output of a run that was never started: there is no step to show it under.
 */
export function applyRecord(
  before: RunState | undefined,
  record: RunRecord,
  at: Date,
  stepName: string,
): Applied | undefined {
  switch (record.kind) {
    case 'stepStarted':
      return { state: begun(record.run, record.step, stepName, at), appended: '' };
    case 'output':
      return before && appendOutput(before, Buffer.from(record.data, 'base64'));
    case 'outputTail':
      return before && replaceOutput(before, Buffer.from(record.data, 'base64'), record.droppedBytes);
    case 'stepEnded': {
      const state = before ?? begun(record.run, record.step, stepName, at);
      const { exitCode, win32Error, ended, succeeded } = record;
      return {
        state: {
          ...state,
          exitCode,
          win32Error,
          ended,
          state: succeeded ? 'succeeded' : 'failed',
          endedAt: at,
        },
        appended: '',
      };
    }
  }
}

/** The kept output as text: characters that the cut has split are left out. */
export function outputText(output: Buffer): string {
  let start = 0;
  while (start < Math.min(3, output.length) && isContinuation(output[start])) start += 1;
  return displayable(output.subarray(start, output.length - unfinishedBytes(output)));
}

const begun = (run: number, step: number, stepName: string, startedAt: Date): RunState => ({
  run,
  step,
  stepName,
  state: 'running',
  ended: null,
  startedAt,
  endedAt: null,
  exitCode: null,
  win32Error: null,
  output: Buffer.alloc(0),
  droppedBytes: 0,
});

function appendOutput(before: RunState, data: Buffer): Applied {
  const held = before.output.subarray(before.output.length - unfinishedBytes(before.output));
  const fresh = Buffer.concat([held, data]);
  const whole = Buffer.concat([before.output, data]);
  const cut = Math.max(0, whole.length - outputBytesMax);
  return {
    state: { ...before, output: whole.subarray(cut), droppedBytes: before.droppedBytes + cut },
    appended: displayable(fresh.subarray(0, fresh.length - unfinishedBytes(fresh))),
  };
}

/** The tail covers what was streamed: only the bytes after the streamed ones are an addition. */
function replaceOutput(before: RunState, data: Buffer, droppedBytes: number): Applied {
  const cut = Math.max(0, data.length - outputBytesMax);
  const known = before.droppedBytes + before.output.length - unfinishedBytes(before.output);
  const added = data.subarray(Math.min(Math.max(0, known - droppedBytes), data.length));
  return {
    state: { ...before, output: data.subarray(cut), droppedBytes: droppedBytes + cut },
    appended: outputText(added),
  };
}

/** How many bytes at the end begin a UTF-8 character that is not whole yet. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back];
    if (byte === undefined || isContinuation(byte)) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Postgres cannot hold U+0000 in JSON; the replacement character shows that something was there. */
const displayable = (bytes: Buffer): string => bytes.toString('utf8').replaceAll('\u0000', '\ufffd');
