/**
 * The journal as bytes: docs/plan-format.md, "Journal". A file that only grows: a header, then framed records, each
 * with its own checksum. It comes from a computer that may be hostile or may have lost its power in the middle of a
 * write, so reading never throws: it returns the whole records before the first byte that makes no sense.
 */
import { crc32 } from './crc32';
import { dateOfFiletime, filetimeOf } from './filetime';
import type { JournalEnd, JournalPart, JournalRecord, StepMeaning } from './journal';

/** What the last 64 KiB of a run's output are called in STEP-8; also the most that one record carries. */
export const outputTailBytesMax = 64 * 1024;
export const journalRecordBytesMax = outputTailBytesMax + 256;
/** The runner stops recording output well before this; a reader may refuse a journal beyond it. */
export const journalBytesMax = 128 * 1024 * 1024;

const runnerVersionBytesMax = 64;
const frameBytes = 20;
const checksumBytes = 4;
const optionalBit = 0x8000;
const ends: readonly JournalEnd[] = [
  'stoppedSuccess',
  'stoppedFailure',
  'maximumDurationPassed',
  'cancelled',
];
const stepEnds = ['exited', 'stopped', 'notStarted'] as const;
/** Numbered from 1. */
const meanings: readonly StepMeaning[] = ['restartNeeded', 'restartBegun', 'tryAgain'];
export const bootIdBytes = 16;
const restartBodyBytes = 40;
const kinds = {
  begun: 1,
  fenced: 2,
  stepStarted: 3,
  output: 4,
  outputTail: 5,
  stepEnded: 6,
  ended: 7,
  restart: 8,
  resumed: 9,
} as const satisfies Record<JournalRecord['kind'], number>;

/** The first bytes of every journal: magic, version 1, no flags. */
export const journalHeader: Buffer = Buffer.from([0x44, 0x52, 0x56, 0x4a, 1, 0, 0, 0]);

/** What a dispatcher creates in place of a journal so that a runner can never claim the attempt. */
export const fencedJournal = (at: Date): Buffer =>
  Buffer.concat([journalHeader, encodeJournalRecord({ kind: 'fenced', sequence: 0, at })]);

/** One framed record, as the runner writes it. The simulated host uses it; `at` keeps milliseconds. */
export function encodeJournalRecord(record: JournalRecord): Buffer {
  const body = encodeBody(record);
  const bytes = Buffer.alloc(frameBytes + body.length + checksumBytes);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(kinds[record.kind], 4);
  bytes.writeUInt32LE(record.sequence, 8);
  bytes.writeBigUInt64LE(filetimeOf(record.at), 12);
  body.copy(bytes, frameBytes);
  const end = bytes.length - checksumBytes;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/**
 * The whole records in `bytes`, which were read from the journal starting at file offset `offset` (0, or the
 * `nextOffset` of the part before). Stops quietly before a record that is not whole yet; never throws.
 */
export function decodeJournal(bytes: Buffer, offset: number): JournalPart {
  const records: JournalRecord[] = [];
  let at = 0;
  const part = (damage?: string): JournalPart => ({
    records,
    nextOffset: offset + at,
    ...(damage === undefined ? {} : { damage: `${damage} at byte ${offset + at}` }),
  });

  if (offset === 0) {
    const head = bytes.subarray(0, journalHeader.length);
    if (!head.equals(journalHeader.subarray(0, head.length)))
      return isUnwritten(bytes) ? part() : part('no journal header');
    if (head.length < journalHeader.length) return part();
    at = journalHeader.length;
  }
  let sequence: number | undefined;
  while (bytes.length - at >= 4) {
    const sizeBytes = bytes.readUInt32LE(at);
    if (sizeBytes === 0 && isUnwritten(bytes.subarray(at))) return part();
    if (sizeBytes < frameBytes + checksumBytes || sizeBytes > journalRecordBytesMax)
      return part('impossible record size');
    if (bytes.length - at < sizeBytes) return part();
    const frame = bytes.subarray(at, at + sizeBytes);
    if (frame.readUInt32LE(sizeBytes - checksumBytes) !== crc32(frame.subarray(0, sizeBytes - checksumBytes)))
      return part('wrong checksum');
    if (sequence !== undefined && frame.readUInt32LE(8) !== sequence + 1)
      return part('record out of sequence');
    sequence = frame.readUInt32LE(8);
    const record = decodeRecord(frame);
    if (record === 'damaged') return part('record of a wrong shape');
    if (record !== 'skipped') records.push(record);
    at += sizeBytes;
  }
  return part();
}

/** A file system may have grown the file before its data was written: such a tail reads as zeros. */
const isUnwritten = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

function encodeBody(record: JournalRecord): Buffer {
  switch (record.kind) {
    case 'begun':
    case 'resumed': {
      const text = Buffer.from(record.runnerVersion, 'utf8');
      const head = Buffer.alloc(10);
      head.writeBigUInt64LE(filetimeOf(record.bootedAt), 0);
      head.writeUInt16LE(text.length, 8);
      return Buffer.concat([head, text]);
    }
    case 'fenced':
      return Buffer.alloc(0);
    case 'stepStarted':
      return words(record.run, record.step);
    case 'output':
      return Buffer.concat([words(record.run, record.data.length), record.data]);
    case 'outputTail': {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(record.run, 0);
      head.writeBigUInt64LE(BigInt(record.droppedBytes), 4);
      head.writeUInt32LE(record.data.length, 12);
      return Buffer.concat([head, record.data]);
    }
    case 'stepEnded':
      return words(
        record.run,
        record.step,
        record.exitCode >>> 0,
        (record.succeeded ? 1 : 0) |
          (stepEnds.indexOf(record.ended) << 8) |
          ((record.meaning === undefined ? 0 : meanings.indexOf(record.meaning) + 1) << 16),
        record.win32Error >>> 0,
      );
    case 'restart': {
      const elapsed = Buffer.alloc(8);
      elapsed.writeBigUInt64LE(BigInt(record.elapsedMs));
      const tail = words(record.restarts, record.cause === 'begunByStep' ? 1 : 0);
      return Buffer.concat([words(record.run, record.step), record.bootId, elapsed, tail]);
    }
    case 'ended':
      return words(ends.indexOf(record.end), record.lastExitCode >>> 0);
  }
}

/** 'skipped' is a kind from a later version that says that it may be skipped. */
function decodeRecord(frame: Buffer): JournalRecord | 'damaged' | 'skipped' {
  const code = frame.readUInt16LE(4);
  const at = dateOfFiletime(frame.readBigUInt64LE(12));
  if (at === undefined || frame.readUInt16LE(6) !== 0) return 'damaged';
  const base = { sequence: frame.readUInt32LE(8), at };
  const body = frame.subarray(frameBytes, frame.length - checksumBytes);
  const holds = (sizeBytes: number): boolean => body.length >= sizeBytes;
  switch (code) {
    case kinds.begun:
      return decodeStart(base, 'begun', body);
    case kinds.resumed:
      return decodeStart(base, 'resumed', body);
    case kinds.restart:
      return decodeRestart(base, body);
    case kinds.fenced:
      return { ...base, kind: 'fenced' };
    case kinds.stepStarted:
      if (!holds(8)) return 'damaged';
      return { ...base, kind: 'stepStarted', run: body.readUInt32LE(0), step: body.readUInt32LE(4) };
    case kinds.output: {
      const data = holds(8) ? lengthedData(body, 4) : undefined;
      return data ? { ...base, kind: 'output', run: body.readUInt32LE(0), data } : 'damaged';
    }
    case kinds.outputTail: {
      const data = holds(16) ? lengthedData(body, 12) : undefined;
      const dropped = data ? body.readBigUInt64LE(4) : 0n;
      if (!data || dropped > BigInt(Number.MAX_SAFE_INTEGER)) return 'damaged';
      return { ...base, kind: 'outputTail', run: body.readUInt32LE(0), droppedBytes: Number(dropped), data };
    }
    case kinds.stepEnded:
      return decodeStepEnded(base, body);
    case kinds.ended: {
      const end = holds(8) ? ends[body.readUInt32LE(0)] : undefined;
      return end ? { ...base, kind: 'ended', end, lastExitCode: body.readUInt32LE(4) } : 'damaged';
    }
    default:
      return code & optionalBit ? 'skipped' : 'damaged';
  }
}

interface RecordBase {
  sequence: number;
  at: Date;
}

function decodeStart(base: RecordBase, kind: 'begun' | 'resumed', body: Buffer): JournalRecord | 'damaged' {
  if (body.length < 10) return 'damaged';
  const bootedAt = dateOfFiletime(body.readBigUInt64LE(0));
  const length = body.readUInt16LE(8);
  if (bootedAt === undefined || length > runnerVersionBytesMax || body.length < 10 + length) return 'damaged';
  return { ...base, kind, runnerVersion: body.toString('utf8', 10, 10 + length), bootedAt };
}

function decodeRestart(base: RecordBase, body: Buffer): JournalRecord | 'damaged' {
  if (body.length < restartBodyBytes) return 'damaged';
  const cause = (['asked', 'begunByStep'] as const)[body.readUInt32LE(36)];
  const elapsedMs = Number(body.readBigUInt64LE(24));
  if (cause === undefined || elapsedMs > Number.MAX_SAFE_INTEGER) return 'damaged';
  return {
    ...base,
    kind: 'restart',
    run: body.readUInt32LE(0),
    step: body.readUInt32LE(4),
    bootId: Buffer.from(body.subarray(8, 8 + bootIdBytes)),
    elapsedMs,
    restarts: body.readUInt32LE(32),
    cause,
  };
}

function decodeStepEnded(base: RecordBase, body: Buffer): JournalRecord | 'damaged' {
  if (body.length < 20) return 'damaged';
  const ended = stepEnds[body.readUInt8(13)];
  const succeeded = body.readUInt8(12);
  const meaning = meanings[body.readUInt8(14) - 1];
  if (ended === undefined || succeeded > 1) return 'damaged';
  return {
    ...base,
    kind: 'stepEnded',
    run: body.readUInt32LE(0),
    step: body.readUInt32LE(4),
    exitCode: body.readUInt32LE(8),
    succeeded: succeeded === 1,
    ended,
    win32Error: body.readUInt32LE(16),
    ...(meaning !== undefined && { meaning }),
  };
}

/** Copied, so that a small record does not keep a large read alive. */
function lengthedData(body: Buffer, lengthAt: number): Buffer | undefined {
  const length = body.readUInt32LE(lengthAt);
  const from = lengthAt + 4;
  if (length > outputTailBytesMax || length > body.length - from) return undefined;
  return Buffer.from(body.subarray(from, from + length));
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}
