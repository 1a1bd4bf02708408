import { SetMetadata } from '@nestjs/common';
import type { Queue } from '@drover/contracts';

export const WORKS = Symbol('works');

export interface WorkerSettings {
  /** Jobs run at once by this instance; the queue's global concurrency limits all instances together. */
  concurrency?: number;
  /** A worker that renews its lock no more, because it is frozen or gone, loses the job after this time. */
  lockDurationMs?: number;
}

export interface WorkerDeclaration {
  queue: Queue;
  settings: WorkerSettings;
}

/** What a worker's handler receives. */
export interface WorkerJob<T> {
  id: string;
  data: T;
  /** Tries before this one. */
  triesBefore: number;
  /** Aborted when the lock is lost or the service shuts down: stop before the next flight. */
  signal: AbortSignal;
  /** Ends this run and puts the job back, to run again after `ms`. Never returns; do not catch what it throws. */
  delay(ms: number): never;
}

/** Marks a provider's method as a queue's worker: (job: WorkerJob<Payload<typeof queue>>) => Promise<void>. */
export const Works = (queue: Queue, settings: WorkerSettings = {}): MethodDecorator =>
  SetMetadata(WORKS, { queue, settings } satisfies WorkerDeclaration);
