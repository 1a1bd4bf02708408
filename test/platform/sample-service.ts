/** A small service that uses every part of the rim, for the integration tests. */
import { Controller, Inject, Module, type Type } from '@nestjs/common';
import { Problem, message, question, queue } from '@drover/contracts';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import {
  Answers,
  Bus,
  Consumes,
  Outbox,
  PlatformModule,
  Works,
  activeTraceparent,
  inboxOnce,
  loadConfiguration,
  startService,
  type MessageInfo,
  type RunningService,
  type WorkerJob,
} from '@drover/platform';
import type { ThrowAwayServers } from '@drover/testing';

export const greet = question(
  'sample.greet',
  z.object({ name: z.string().min(1) }),
  z.object({ greeting: z.string(), traceparent: z.string().nullable() }),
  'Greets.',
);
export const noted = message('EVENTS', 'event.sample.noted', z.object({ text: z.string() }), 'A note.');
export const chores = queue('sample-chores', z.object({ text: z.string() }), 'Chores.');

export class Notes1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, text text NOT NULL)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

/** What the handlers saw, and what they shall do next time. */
export class Sample {
  readonly seen: { text: string; delivery: number; traceparent: string | undefined }[] = [];
  readonly done: string[] = [];
  onMessage: (payload: { text: string }, info: MessageInfo) => Promise<void> = async () => undefined;
  onJob: (job: WorkerJob<{ text: string }>) => Promise<void> = async () => undefined;
}

@Controller()
export class SampleController {
  constructor(
    @Inject(Sample) private readonly sample: Sample,
    @Inject(DataSource) private readonly source: DataSource,
  ) {}

  @Answers(greet)
  async greet(request: { name: string }): Promise<unknown> {
    if (request.name === 'nobody') {
      throw new Problem('notFound', 'Not found', 'there is nobody', { remedy: 'Name somebody.' });
    }
    if (request.name === 'crash') throw new Error('the password is hunter2');
    return { greeting: `Hello ${request.name}`, traceparent: activeTraceparent() ?? null };
  }

  @Consumes(noted, { durable: 'sample-notes', deliveriesMax: 2 })
  async note(payload: { text: string }, info: MessageInfo): Promise<void> {
    const traceparent = activeTraceparent();
    this.sample.seen.push({ text: payload.text, delivery: info.delivery, traceparent });
    await this.sample.onMessage(payload, info);
    await this.source.transaction(async (manager) => {
      if (!(await inboxOnce(manager, 'sample-notes', info.messageId))) return;
      await manager.query('INSERT INTO notes (text) VALUES ($1)', [payload.text]);
    });
  }

  @Works(chores, { concurrency: 2, lockDurationMs: 1_000 })
  async chore(job: WorkerJob<{ text: string }>): Promise<void> {
    await this.sample.onJob(job);
    this.sample.done.push(job.data.text);
  }
}

@Module({
  imports: [
    PlatformModule.forService({
      name: 'sample',
      database: { schema: 'sample', migrations: [Notes1760000000001] },
    }),
  ],
  controllers: [SampleController],
  providers: [Sample],
})
export class SampleModule {}

export interface RunningSample extends RunningService {
  sample: Sample;
  bus: Bus;
  outbox: Outbox;
  source: DataSource;
  get<T>(type: Type<T>): T;
}

export async function startSample(
  servers: ThrowAwayServers,
  more: { otlpEndpoint?: string } = {},
): Promise<RunningSample> {
  const configuration = { ...loadConfiguration(servers.environment), ...more };
  const service = await startService(SampleModule, {
    name: 'sample',
    configuration,
    signals: false,
    ...(process.env['LOG_LEVEL'] === undefined && { logger: false }),
  });
  const get = <T>(type: Type<T>): T => service.app.get(type, { strict: false });
  return {
    ...service,
    get,
    sample: get(Sample),
    bus: get(Bus),
    outbox: get(Outbox),
    source: get(DataSource),
  };
}
