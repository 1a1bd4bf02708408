/** The last record of a journal, when it asks to go on after a restart that there has been since. */
import { createHash } from 'node:crypto';
import { decodeJournal, type JournalRecord } from '@drover/domain';
import type { DiskHandle } from '../computer/disk-handle';
import { accessReadWrite, shareRead, type VirtualDisk } from '../computer/virtual-disk';
import { HostRefusal } from '../refusal';

export interface AwaitedRestart {
  restart: Extract<JournalRecord, { kind: 'restart' }>;
  /** Of the next record. */
  sequence: number;
  /** The journal, held as by the runner that began. */
  handle: DiskHandle;
}

/** Names the time between two restarts of a simulated computer. */
export const virtualBootId = (bootedAt: Date): Buffer =>
  createHash('sha256').update(bootedAt.toISOString()).digest().subarray(0, 16);

export function readAwaitedRestart(
  path: string,
  { disk, bootedAt }: { disk: VirtualDisk; bootedAt: Date },
): AwaitedRestart | undefined {
  const content = disk.readFile(path);
  if (content === undefined) return undefined;
  const { records, nextOffset } = decodeJournal(content, 0);
  const last = records.at(-1);
  if (last?.kind !== 'restart' || nextOffset !== content.length) return undefined;
  if (last.bootId.equals(virtualBootId(bootedAt))) return undefined;
  try {
    const handle = disk.open(path, { access: accessReadWrite, share: shareRead });
    return { restart: last, sequence: last.sequence + 1, handle };
  } catch (error) {
    if (error instanceof HostRefusal) return undefined; // Another start has it.
    throw error;
  }
}
