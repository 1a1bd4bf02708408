import fc from 'fast-check';
import type { JournalRecord } from './journal';
import { decodeJournal, encodeJournalRecord, fencedJournal, journalHeader } from './journal-codec';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 5, 0, second, 250));
const conversation: JournalRecord[] = [
  { sequence: 0, at: at(0), kind: 'begun', runnerVersion: '0.1.0', bootedAt: at(-600) },
  { sequence: 1, at: at(1), kind: 'stepStarted', run: 0, step: 0 },
  { sequence: 2, at: at(2), kind: 'output', run: 0, data: Buffer.from('Größe\r\n') },
  { sequence: 3, at: at(3), kind: 'outputTail', run: 0, droppedBytes: 7, data: Buffer.from('tail') },
  {
    sequence: 4,
    at: at(4),
    kind: 'stepEnded',
    run: 0,
    step: 0,
    exitCode: 0x80004005,
    succeeded: false,
    ended: 'exited',
    win32Error: 0,
  },
  { sequence: 5, at: at(5), kind: 'ended', end: 'stoppedFailure', lastExitCode: 0x80004005 },
];
const frames = conversation.map(encodeJournalRecord);
const file = Buffer.concat([journalHeader, ...frames]);

describe('the journal as bytes', () => {
  it('reads back every record, in order', () => {
    expect(decodeJournal(file, 0)).toEqual({ records: conversation, nextOffset: file.length });
  });

  it('goes on from where it stopped, wherever the file was cut', () => {
    for (let cut = 0; cut <= file.length; cut++) {
      const first = decodeJournal(file.subarray(0, cut), 0);
      const second = decodeJournal(file.subarray(first.nextOffset), first.nextOffset);
      expect(first.damage).toBeUndefined();
      expect([...first.records, ...second.records]).toEqual(conversation);
    }
  });

  it('reports a changed byte as damage and keeps the records before it', () => {
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      const part = decodeJournal(changed, 0);
      expect(part.records).toEqual(conversation.slice(0, part.records.length));
      expect(part.nextOffset).toBeLessThanOrEqual(at);
      expect(part.damage !== undefined || part.records.length < conversation.length).toBe(true);
    }
  });

  it('takes zeros at the end for data that never reached the disk', () => {
    const torn = Buffer.concat([file.subarray(0, file.length - (frames[5]?.length ?? 0)), Buffer.alloc(300)]);
    const part = decodeJournal(torn, 0);
    expect(part.damage).toBeUndefined();
    expect(part.records).toHaveLength(5);
    expect(decodeJournal(Buffer.alloc(64), 0)).toEqual({ records: [], nextOffset: 0 });
  });

  it('reads a fence', () => {
    const { records } = decodeJournal(fencedJournal(at(9)), 0);
    expect(records).toEqual([{ sequence: 0, at: at(9), kind: 'fenced' }]);
  });

  it('reports a repeated record as damage', () => {
    const repeated = Buffer.concat([file, frames[5] ?? Buffer.alloc(0)]);
    expect(decodeJournal(repeated, 0)).toMatchObject({
      records: conversation,
      damage: expect.stringContaining('sequence'),
    });
  });

  it('never throws, whatever a computer puts there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withHeader) => {
        const read = withHeader ? Buffer.concat([journalHeader, bytes]) : Buffer.from(bytes);
        expect(decodeJournal(read, 0).nextOffset).toBeLessThanOrEqual(read.length);
      }),
    );
  });
});
