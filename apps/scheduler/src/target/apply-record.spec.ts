import fc from 'fast-check';
import { applyRecord, outputBytesMax, outputText, type RunState } from './apply-record';

const at = new Date('2026-11-21T00:00:00.000Z');
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes as string).toString('base64');
const started = (): RunState =>
  applyRecord(undefined, { kind: 'stepStarted', run: 0, step: 0 }, at, 'Hello')!.state;

it('shows the text that a step wrote, whole and in pieces, wherever its bytes were cut', () => {
  const pieces = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.array(fc.nat({ max: 200 })));
  fc.assert(
    fc.property(pieces, ([text, cuts]) => {
      const wanted = text.replaceAll('\u0000', '\ufffd');
      const bytes = Buffer.from(text);
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
        bytes.length,
      ];
      let state = started();
      let appended = '';
      for (let i = 1; i < places.length; i += 1) {
        const data = base64(bytes.subarray(places[i - 1], places[i]));
        const applied = applyRecord(state, { kind: 'output', run: 0, data }, at, '')!;
        state = applied.state;
        appended += applied.appended;
      }
      expect(outputText(state.output)).toBe(wanted);
      expect(appended).toBe(wanted);
    }),
  );
});

it('keeps the last 64 KiB and counts what it drops', () => {
  let state = started();
  for (let i = 0; i < 3; i += 1)
    state = applyRecord(
      state,
      { kind: 'output', run: 0, data: base64(Buffer.alloc(30_000, 97 + i)) },
      at,
      '',
    )!.state;
  expect(state.output).toHaveLength(outputBytesMax);
  expect(state.droppedBytes).toBe(90_000 - outputBytesMax);
  expect(state.output.at(-1)).toBe(99);
});

it('replaces the streamed output by the tail, and announces only what was not streamed', () => {
  const streamed = applyRecord(started(), { kind: 'output', run: 0, data: base64('abc') }, at, '')!.state;
  const tail = applyRecord(
    streamed,
    { kind: 'outputTail', run: 0, droppedBytes: 2, data: base64('cdef') },
    at,
    '',
  )!;
  expect(tail.appended).toBe('def');
  expect(outputText(tail.state.output)).toBe('cdef');
  expect(tail.state.droppedBytes).toBe(2);
});

it('has no place for the output of a run that never started', () => {
  expect(applyRecord(undefined, { kind: 'output', run: 7, data: '' }, at, '')).toBeUndefined();
});

it('keeps the negative exit code of a crashed step', () => {
  const ended = {
    kind: 'stepEnded',
    run: 0,
    step: 0,
    exitCode: -1073741819,
    succeeded: false,
    ended: 'exited',
    win32Error: 0,
  } as const;
  expect(applyRecord(started(), ended, at, '')?.state).toMatchObject({
    state: 'failed',
    exitCode: -1073741819,
  });
});
