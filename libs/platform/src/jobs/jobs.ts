/** Adding work for BullMQ and asking about it. A job is a hint: Postgres knows what is to be done. */
import type { Queue } from '@drover/contracts';
import { Queue as BullQueue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { activeTraceparent } from '../telemetry/trace';

/** Tries of one job before it is removed; the reconciler adds it again. */
const triesMax = 3;
const firstRetryMs = 1_000;
const heldConcurrencyEveryMs = 5_000;

/** What is stored in Redis: the declared data, and the trace to continue. */
export interface StoredJob {
  data: unknown;
  traceparent?: string | undefined;
}

const present = new Set(['waiting', 'delayed', 'active', 'prioritized', 'waiting-children']);

export class Jobs {
  private readonly queues = new Map<string, BullQueue<StoredJob>>();
  private readonly concurrency = new Map<string, number>();
  private holder: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: Redis,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Adds a job; the same id again, while the job exists, changes nothing. It leaves Redis when it ends. */
  async add<T extends z.ZodType>(
    queue: Queue<T>,
    data: z.input<T>,
    options: { jobId: string; delayMs?: number; traceparent?: string | undefined },
  ): Promise<void> {
    const traceparent = options.traceparent ?? activeTraceparent();
    await this.addRaw(queue.name, { data: queue.schema.parse(data), traceparent }, options);
  }

  /** Adds what has been validated before, such as an outbox row. */
  async addRaw(
    name: string,
    job: StoredJob,
    options: { jobId: string; delayMs?: number | undefined },
  ): Promise<void> {
    await this.queueOf(name).add(name, job, {
      jobId: options.jobId,
      delay: options.delayMs ?? 0,
      attempts: triesMax,
      backoff: { type: 'exponential', delay: firstRetryMs },
      removeOnComplete: true,
      removeOnFail: true,
    });
  }

  /** Whether the job waits, is delayed or runs. */
  async exists(queue: Queue, jobId: string): Promise<boolean> {
    return present.has(await this.queueOf(queue.name).getJobState(jobId));
  }

  /** Jobs by state. */
  counts(queue: Queue): Promise<Record<string, number>> {
    return this.queueOf(queue.name).getJobCounts();
  }

  /**
   * Limits how many jobs of the queue run at once over all workers, from this moment on. The limit lives in Redis;
   * this process writes it again when Redis has lost it.
   */
  async setGlobalConcurrency(queue: Queue, concurrency: number): Promise<void> {
    this.concurrency.set(queue.name, concurrency);
    this.holder ??= setInterval(() => void this.holdConcurrency(), heldConcurrencyEveryMs).unref();
    await this.queueOf(queue.name).setGlobalConcurrency(concurrency);
  }

  /** Resolves when Redis answers. */
  async ping(): Promise<void> {
    await this.connection.ping();
  }

  async close(): Promise<void> {
    clearInterval(this.holder);
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    this.connection.disconnect();
  }

  private async holdConcurrency(): Promise<void> {
    for (const [name, concurrency] of this.concurrency) {
      try {
        const queue = this.queueOf(name);
        if ((await queue.getGlobalConcurrency()) === null) await queue.setGlobalConcurrency(concurrency);
      } catch (error) {
        this.onError(error as Error);
      }
    }
  }

  private queueOf(name: string): BullQueue<StoredJob> {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = new BullQueue<StoredJob>(name, { connection: this.connection, skipVersionCheck: true });
      queue.on('error', this.onError);
      this.queues.set(name, queue);
    }
    return queue;
  }
}
