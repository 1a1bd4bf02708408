import { foldJournal, noProgress, progressOutputBytesMax, runsMax } from './fold-journal';
import type { JournalRecord } from './journal';

const at = new Date(Date.UTC(2026, 10, 21));
const ended = { succeeded: true, ended: 'exited', win32Error: 0 } as const;
type Body = JournalRecord extends infer R
  ? R extends JournalRecord
    ? Omit<R, 'sequence' | 'at'>
    : never
  : never;
const records = (...bodies: Body[]): JournalRecord[] =>
  bodies.map((body, sequence) => ({ ...body, sequence, at }) as JournalRecord);
const begun: Body = { kind: 'begun', runnerVersion: '0.1.0', bootedAt: at };

describe('folding a journal into progress', () => {
  it('shows runs, their output and the end', () => {
    const progress = foldJournal(
      records(
        begun,
        { kind: 'stepStarted', run: 0, step: 0 },
        { kind: 'output', run: 0, data: Buffer.from('one ') },
        { kind: 'output', run: 0, data: Buffer.from('two') },
        { kind: 'stepEnded', run: 0, step: 0, exitCode: 3010, ...ended },
        { kind: 'stepStarted', run: 1, step: 0 },
        { kind: 'output', run: 1, data: Buffer.from('streamed') },
        { kind: 'outputTail', run: 1, droppedBytes: 5, data: Buffer.from('end') },
        { kind: 'stepEnded', run: 1, step: 0, exitCode: 0, ...ended },
        { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 0 },
      ),
    );
    expect(progress.damage).toBeUndefined();
    expect(progress.runs.map((r) => [r.run, r.exitCode, r.output.toString(), r.droppedBytes])).toEqual([
      [0, 3010, 'one two', 0],
      [1, 0, 'end', 5],
    ]);
    expect(progress.end).toEqual({ at, end: 'stoppedSuccess', lastExitCode: 0 });
  });

  it('gives the same progress in parts, read twice or at once', () => {
    const all = records(
      begun,
      { kind: 'stepStarted', run: 0, step: 2 },
      { kind: 'output', run: 0, data: Buffer.from('x') },
      { kind: 'stepEnded', run: 0, step: 2, exitCode: 1, ...ended },
    );
    let progress = noProgress;
    for (let count = 1; count <= all.length; count++) progress = foldJournal(all.slice(0, count), progress);
    expect(progress).toEqual(foldJournal(all));
  });

  it('keeps the last 64 KiB of what a run wrote and counts the rest', () => {
    const block = Buffer.alloc(40_000, 'a');
    const { runs } = foldJournal(
      records(
        begun,
        { kind: 'stepStarted', run: 0, step: 0 },
        { kind: 'output', run: 0, data: block },
        { kind: 'output', run: 0, data: block },
      ),
    );
    expect([runs[0]?.output.length, runs[0]?.droppedBytes]).toEqual([65_536, 80_000 - 65_536]);
  });

  it.each<[string, Body[]]>([
    ['a step before the beginning', [{ kind: 'stepStarted', run: 0, step: 0 }]],
    ['two beginnings', [begun, begun]],
    ['a run that was never started', [begun, { kind: 'output', run: 0, data: Buffer.from('x') }]],
    ['a run number that jumps', [begun, { kind: 'stepStarted', run: 4_000_000_000, step: 0 }]],
    ['anything after a fence', [{ kind: 'fenced' }, begun]],
    [
      'anything after the end',
      [begun, { kind: 'ended', end: 'cancelled', lastExitCode: 0 }, { kind: 'stepStarted', run: 0, step: 0 }],
    ],
    [
      'the end of another step',
      [
        begun,
        { kind: 'stepStarted', run: 0, step: 0 },
        { kind: 'stepEnded', run: 0, step: 1, exitCode: 0, ...ended },
      ],
    ],
  ])('calls %s damage', (_, bodies) => {
    expect(foldJournal(records(...bodies)).damage).toBeDefined();
  });

  it('stays small when a computer reports without end', () => {
    const bodies: Body[] = [begun];
    for (let run = 0; run <= runsMax; run++) {
      bodies.push({ kind: 'stepStarted', run, step: 0 });
      if (run < 200) bodies.push({ kind: 'output', run, data: Buffer.alloc(65_536, 'x') });
      bodies.push({ kind: 'stepEnded', run, step: 0, exitCode: 0, ...ended });
    }
    const progress = foldJournal(records(...bodies));
    expect(progress.runs).toHaveLength(runsMax);
    expect(progress.damage).toContain('runs');
    expect(progress.runs.reduce((sum, r) => sum + r.output.length, 0)).toBeLessThanOrEqual(
      progressOutputBytesMax,
    );
    expect(progress.runs[0]).toMatchObject({ droppedBytes: 65_536 });
  });
});
