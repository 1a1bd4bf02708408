/**
 * The four JetStream streams. File storage, and limits on everything; what is older is gone, because Postgres is
 * the truth and the bus carries news of it. Only settings that server 2.9 knows.
 */
import type { StreamName } from '@drover/contracts';
import { DiscardPolicy, NatsError, RetentionPolicy, StorageType, type JetStreamManager } from 'nats';

const hourNs = 3_600_000_000_000;
const mebibyte = 1024 * 1024;
/** Covers a publisher that retries for a while; a later duplicate meets the inbox. */
const duplicateWindowNs = hourNs / 12;
/** Nats-Server error code: "stream name already in use with a different configuration". */
const streamNameInUse = 10058;

interface StreamLimits {
  subjects: string[];
  ageNs: number;
  sizeBytes: number;
}

export const streams: Record<StreamName, StreamLimits> = {
  FACTS: { subjects: ['target.fact.>'], ageNs: 7 * 24 * hourNs, sizeBytes: 512 * mebibyte },
  PROGRESS: { subjects: ['target.progress.>'], ageNs: 3 * 24 * hourNs, sizeBytes: 1024 * mebibyte },
  EVENTS: { subjects: ['event.>'], ageNs: 24 * hourNs, sizeBytes: 512 * mebibyte },
  DEAD: { subjects: ['dead.>'], ageNs: 30 * 24 * hourNs, sizeBytes: 128 * mebibyte },
};

/** Creates what is missing and changes what differs; several services may do so at once. */
export async function ensureStreams(manager: JetStreamManager): Promise<void> {
  for (const name of Object.keys(streams) as StreamName[]) await ensureStream(manager, name);
}

async function ensureStream(manager: JetStreamManager, name: StreamName): Promise<void> {
  const { subjects, ageNs, sizeBytes } = streams[name];
  const configuration = {
    name,
    subjects,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: ageNs,
    max_bytes: sizeBytes,
    duplicate_window: duplicateWindowNs,
  };
  try {
    await manager.streams.add(configuration);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.err_code !== streamNameInUse) throw error;
    await manager.streams.update(name, configuration);
  }
}
