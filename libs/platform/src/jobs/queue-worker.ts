/** A BullMQ worker around one handler: validation, trace, lost locks, delay, and a shutdown that returns the job. */
import { Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ServiceTelemetry } from '../telemetry/telemetry';
import { inSpan } from '../telemetry/trace';
import type { StoredJob } from './jobs';
import type { WorkerDeclaration, WorkerJob } from './works';

const defaultConcurrency = 16;
const defaultLockMs = 10_000;
/** How soon the jobs of a dead worker are found, after their locks have run out. */
const stalledCheckMs = 3_000;
/** A job may stall as often as workers die; giving up is the ledger's decision. */
const stallsMax = 1_000;
const backAfterShutdownMs = 100;

export type JobHandler = (job: WorkerJob<never>) => unknown;

/** Thrown by WorkerJob.delay. */
class Delay extends Error {
  constructor(readonly ms: number) {
    super('the job is delayed');
    this.name = 'Delay';
  }
}

export class QueueWorker {
  private readonly log = new Logger('Worker');
  private readonly stopping = new AbortController();
  private readonly worker: Worker<StoredJob>;

  constructor(
    connection: Redis,
    private readonly telemetry: ServiceTelemetry,
    private readonly declaration: WorkerDeclaration,
    private readonly handler: JobHandler,
  ) {
    const { queue, settings } = declaration;
    this.worker = new Worker<StoredJob>(
      queue.name,
      (job, token, signal) => telemetry.run(() => this.process(job, token, signal)),
      {
        connection,
        autorun: false,
        concurrency: settings.concurrency ?? defaultConcurrency,
        lockDuration: settings.lockDurationMs ?? defaultLockMs,
        stalledInterval: stalledCheckMs,
        maxStalledCount: stallsMax,
        skipVersionCheck: true,
      },
    );
    this.worker.on('error', (error) => this.log.debug(`${queue.name}: Redis`, error));
    this.worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.worker.cancelJob(id, 'the lock is lost');
    });
  }

  start(): void {
    this.telemetry.run(() => {
      this.worker.run().catch((error: unknown) => this.log.error('the worker has ended', error));
    });
  }

  /** Takes no more jobs, aborts those that run and waits for them. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.worker.close();
  }

  private async process(job: Job<StoredJob>, token?: string, lost?: AbortSignal): Promise<void> {
    const { queue } = this.declaration;
    const read = queue.schema.safeParse(job.data.data);
    if (!read.success) {
      this.log.error(`job ${job.id} of ${queue.name} is not as declared`, read.error);
      throw new UnrecoverableError('not as declared');
    }
    if (this.stopping.signal.aborted) return this.settle(undefined, job, token, this.stopping.signal);
    const signal = lost ? AbortSignal.any([lost, this.stopping.signal]) : this.stopping.signal;
    const run: WorkerJob<never> = {
      id: job.id ?? '',
      data: read.data as never,
      triesBefore: job.attemptsMade,
      signal,
      delay: (ms) => {
        throw new Delay(ms);
      },
    };
    try {
      const parent = job.data.traceparent;
      await inDelaySpan(`work ${queue.name}`, parent, () => this.handler(run));
    } catch (error) {
      await this.settle(error, job, token, signal);
    }
  }

  /** A delay and a shutdown put the job back; with the lock lost there is nothing to put back. */
  private async settle(
    error: unknown,
    job: Job,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<never> {
    const isStopping = this.stopping.signal.aborted;
    if (error instanceof Delay || isStopping) {
      const ms = error instanceof Delay ? error.ms : backAfterShutdownMs;
      await job.moveToDelayed(Date.now() + ms, token);
      throw new DelayedError();
    }
    if (!signal.aborted) this.log.error(`job ${job.id} of ${this.declaration.queue.name} failed`, error);
    throw error;
  }
}

/** A delay is a normal end of a run and no error in its trace. */
async function inDelaySpan(name: string, parent: string | undefined, work: () => unknown): Promise<void> {
  const delayed = await inSpan(name, { kind: 'consumer', parent }, async () => {
    try {
      await work();
    } catch (error) {
      if (error instanceof Delay) return error;
      throw error;
    }
    return undefined;
  });
  if (delayed) throw delayed;
}
