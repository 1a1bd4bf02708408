import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCriteria, encodeCriterion } from '../src/plan/criteria-codec';
import { decodeJournal } from '../src/plan/journal-codec';
import { foldJournal } from '../src/plan/fold-journal';
import { decodePlan, encodePlan } from '../src/plan/plan-codec';
import { criteriaCases, holdsOnTheComputer } from './criteria-vectors';
import { vectorFiles } from './vectors';

const folder = join(__dirname, 'vectors');
const files = vectorFiles();
if (process.env['UPDATE_VECTORS']) {
  for (const kind of ['plans', 'journals', 'criteria']) mkdirSync(join(folder, kind), { recursive: true });
  for (const [path, text] of files) writeFileSync(join(folder, path), text);
}
const bytesOf = (path: string): Buffer =>
  Buffer.from(readFileSync(join(folder, path), 'utf8').replaceAll('\n', ''), 'hex');
const named = (kind: string, ending: string): string[] =>
  readdirSync(join(folder, kind)).flatMap((file) => (file.endsWith(ending) ? [`${kind}/${file}`] : []));

describe('the vectors shared with the runner and the simulated host', () => {
  it('are what the codecs write', () => {
    for (const [path, text] of files)
      expect([path, readFileSync(join(folder, path), 'utf8')]).toEqual([path, text]);
    expect([...named('plans', ''), ...named('journals', ''), ...named('criteria', '')].sort()).toEqual(
      [...files.keys()].sort(),
    );
  });

  it.each(Object.entries(criteriaCases).map(([name, [criteria, holds]]) => [name, holds, criteria] as const))(
    'criteria: %s (%s)',
    (_, holds, criteria) => {
      expect(holdsOnTheComputer(criteria)).toBe(holds);
      expect(decodeCriteria({ tag: 16, offset: 0, value: encodeCriterion(criteria) })).toEqual(criteria);
    },
  );

  it.each(named('plans', '.hex').filter((path) => !/damaged|later/.test(path)))(
    '%s is read and written to the same bytes',
    (path) => {
      expect(encodePlan(decodePlan(bytesOf(path)))).toEqual(bytesOf(path));
    },
  );

  it.each(named('journals', '.hex'))(
    '%s, cut at any byte, loses no finished step and invents none',
    (path) => {
      const bytes = bytesOf(path);
      const whole = foldJournal(decodeJournal(bytes, 0).records);
      expect(whole.damage).toBeUndefined();
      for (let cut = 0; cut <= bytes.length; cut++) {
        const part = decodeJournal(bytes.subarray(0, cut), 0);
        const progress = foldJournal(part.records);
        expect(part.damage).toBeUndefined();
        const finished = progress.runs.filter((run) => run.endedAt);
        expect(finished).toEqual(whole.runs.slice(0, finished.length));
        expect(finished.length).toBe(stepEndOffsets(bytes).filter((offset) => offset <= cut).length);
        const goingOn = foldJournal(
          decodeJournal(bytes.subarray(part.nextOffset), part.nextOffset).records,
          progress,
        );
        expect(goingOn).toEqual(whole);
      }
    },
  );
});

/** Where each stepEnded record (kind 6) ends, by walking the frames as docs/plan-format.md draws them. */
function stepEndOffsets(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = 8; at < bytes.length; at += bytes.readUInt32LE(at))
    if (bytes.readUInt16LE(at + 4) === 6) offsets.push(at + bytes.readUInt32LE(at));
  return offsets;
}
