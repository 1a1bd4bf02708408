import { encodeJournalRecord, journalHeader, outputTailBytesMax, type JournalRecord } from '@drover/domain';
import type { DiskHandle } from '../computer/disk-handle';
import { HostRefusal } from '../refusal';

type RecordContent = JournalRecord extends infer R
  ? R extends JournalRecord
    ? Omit<R, 'sequence' | 'at'>
    : never
  : never;

/** Appends records to a claimed journal as the runner does: output streams until 64 KiB of a run, then only its tail is kept. */
export class JournalWriter {
  private streamedBytes = 0;
  private output = Buffer.alloc(0);
  private outputBytes = 0;

  constructor(
    private readonly handle: DiskHandle,
    private readonly now: () => Date,
    /** Above 0: goes on in a journal that has so many records. */
    private sequence = 0,
  ) {
    if (sequence === 0) this.write(journalHeader);
  }

  /** A write has failed, as on a full disk; nothing behind it is written any more. */
  hasFailed = false;

  private write(bytes: Buffer): void {
    if (this.hasFailed) return;
    try {
      this.handle.append(bytes);
    } catch (error) {
      if (!(error instanceof HostRefusal)) throw error;
      this.hasFailed = true;
    }
  }

  append(content: RecordContent): void {
    const record = { ...content, sequence: this.sequence, at: this.now() } as JournalRecord;
    this.sequence += 1;
    this.write(encodeJournalRecord(record));
  }

  startRun(): void {
    this.streamedBytes = 0;
    this.output = Buffer.alloc(0);
    this.outputBytes = 0;
  }

  addOutput(run: number, data: Buffer): void {
    this.outputBytes += data.length;
    this.output = Buffer.concat([this.output, data]).subarray(-outputTailBytesMax);
    const room = Math.min(data.length, outputTailBytesMax - this.streamedBytes);
    if (room <= 0) return;
    this.append({ kind: 'output', run, data: data.subarray(0, room) });
    this.streamedBytes += room;
  }

  /** Before a run's end: what was streamed is replaced by its last 64 KiB when there was more. */
  finishOutput(run: number): void {
    if (this.outputBytes <= this.streamedBytes) return;
    this.append({
      kind: 'outputTail',
      run,
      droppedBytes: this.outputBytes - this.output.length,
      data: this.output,
    });
  }
}
