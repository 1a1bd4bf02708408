/**
 * Starts one service: Nest, the NATS questions, consumers, workers, the outbox relay and, if asked, HTTP. Several
 * services can run in one process. Closing follows one order under one deadline, and never hangs.
 */
import { Logger, Module, type DynamicModule, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import 'reflect-metadata';
import { QuestionServer } from '../bus/answers';
import { natsOptions } from '../bus/connection';
import { MessageConsumer } from '../bus/consumer';
import {
  CONFIGURATION,
  loadConfiguration,
  required,
  type Configuration,
} from '../configuration/configuration';
import { QueueWorker } from '../jobs/queue-worker';
import { workerConnection } from '../jobs/redis';
import { processLog } from '../logging/log';
import { OutboxRelay } from '../outbox/relay';
import { startTelemetry, type ServiceTelemetry } from '../telemetry/telemetry';
import { Organs } from './organs';
import { TELEMETRY } from './platform-module';
import { closeInOrder, type ShutdownStep } from './shutdown';

export interface ServiceSettings {
  name: string;
  /** True: listens on the configured host and port. Without it only /health, where DROVER_HEALTH_PORT is set. */
  http?: boolean | { host?: string; port?: number };
  /** Instead of the process's environment. */
  configuration?: Configuration;
  /** SIGTERM and SIGINT close the service and end the process; on unless several services share it. */
  signals?: boolean;
  /** Instead of the process's log. */
  logger?: LoggerService | false;
  /** Before it listens: prefixes, filters, hooks of Fastify. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

export interface RunningService {
  name: string;
  /** To reach providers in tests and in standalone. */
  app: NestFastifyApplication;
  /** Where HTTP listens, when it does. */
  url: string | undefined;
  /** The queues that this service works on. */
  queues: string[];
  close(): Promise<void>;
}

export async function startService(
  module: Type | DynamicModule,
  settings: ServiceSettings,
): Promise<RunningService> {
  const configuration = settings.configuration ?? loadConfiguration();
  const telemetry = startTelemetry({
    serviceName: settings.name,
    otlpEndpoint: configuration.otlpEndpoint,
  });
  return telemetry.run(() => start(module, settings, configuration, telemetry));
}

async function start(
  module: Type | DynamicModule,
  settings: ServiceSettings,
  configuration: Configuration,
  telemetry: ServiceTelemetry,
): Promise<RunningService> {
  const logger = settings.logger ?? sharedLog(configuration);
  const app = await NestFactory.create<NestFastifyApplication>(
    rootOf(module, configuration, telemetry),
    new FastifyAdapter({ forceCloseConnections: true, bodyLimit: bodyMaxBytes }),
    { logger, abortOnError: false, bufferLogs: false },
  );
  const parts = assemble(app, settings.name, configuration, telemetry);
  try {
    await settings.configure?.(app);
    await app.init();
    await app.startAllMicroservices();
    for (const part of [...parts.consumers, ...parts.workers]) part.start();
    parts.relay?.start();
    const url = await listen(app, settings, configuration);
    return running(app, settings, configuration, parts, url, telemetry);
  } catch (error) {
    await closeInOrder(shutdownSteps(app, parts, telemetry), configuration.shutdownDeadlineMs, settings.name);
    throw error;
  }
}

const bodyMaxBytes = 8 * 1024 * 1024;
let log: LoggerService | undefined;
const sharedLog = (configuration: Configuration): LoggerService =>
  (log ??= processLog({ level: configuration.logLevel, file: configuration.logFile }));

/** Gives the service's modules their configuration and telemetry by injection, so that nothing reads globals. */
function rootOf(
  module: Type | DynamicModule,
  configuration: Configuration,
  telemetry: ServiceTelemetry,
): DynamicModule {
  class ServiceRoot {}
  Module({})(ServiceRoot);
  const providers = [
    { provide: CONFIGURATION, useValue: configuration },
    { provide: TELEMETRY, useValue: telemetry },
  ];
  return {
    module: ServiceRoot,
    global: true,
    imports: [module],
    providers,
    exports: [CONFIGURATION, TELEMETRY],
  };
}

interface Parts {
  organs: Organs;
  questions: QuestionServer | undefined;
  consumers: MessageConsumer[];
  workers: QueueWorker[];
  relay: OutboxRelay | undefined;
  redis: { disconnect(): void } | undefined;
}

function assemble(
  app: NestFastifyApplication,
  name: string,
  configuration: Configuration,
  telemetry: ServiceTelemetry,
): Parts {
  const organs = app.get(Organs, { strict: false });
  const handlers = organs.discovery.find();
  const { bus } = organs;
  const parts: Parts = {
    organs,
    questions: undefined,
    consumers: [],
    workers: [],
    relay: undefined,
    redis: undefined,
  };
  if (handlers.questions.length > 0) {
    const url = required(configuration.natsUrl, 'NATS_URL');
    const options = natsOptions(url, `${name} questions`);
    parts.questions = new QuestionServer({ ...options, queue: name } as ConstructorParameters<
      typeof QuestionServer
    >[0]);
    app.connectMicroservice({ strategy: parts.questions }, { inheritAppConfig: true });
  }
  parts.consumers = handlers.consumers.map(
    ({ declaration, method }) => new MessageConsumer(bus, telemetry, declaration, method),
  );
  if (handlers.workers.length > 0) {
    const redis = workerConnection(required(configuration.redisUrl, 'REDIS_URL'));
    redis.on('error', (error) => new Logger('Worker').debug('Redis', error));
    parts.redis = redis;
    parts.workers = handlers.workers.map(
      ({ declaration, method }) => new QueueWorker(redis, telemetry, declaration, method),
    );
  }
  parts.relay = relayOf(organs, configuration);
  return parts;
}

function relayOf(organs: Organs, configuration: Configuration): OutboxRelay | undefined {
  const { source, database, bus, jobs } = organs;
  if (!source || !database) return undefined;
  return new OutboxRelay(source, bus, jobs, {
    databaseUrl: required(configuration.databaseUrl, 'DATABASE_URL'),
    schema: database.schema,
  });
}

async function listen(
  app: NestFastifyApplication,
  settings: ServiceSettings,
  configuration: Configuration,
): Promise<string | undefined> {
  const asked = settings.http === true ? {} : settings.http;
  if (asked) {
    const port = asked.port ?? configuration.port;
    await app.listen(port, asked.host ?? configuration.host);
  } else if (configuration.healthPort !== undefined && settings.signals !== false) {
    await app.listen(configuration.healthPort, configuration.host);
  } else return undefined;
  return (await app.getUrl()).replace('[::1]', '127.0.0.1');
}

function running(
  app: NestFastifyApplication,
  settings: ServiceSettings,
  configuration: Configuration,
  parts: Parts,
  url: string | undefined,
  telemetry: ServiceTelemetry,
): RunningService {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
    const steps = shutdownSteps(app, parts, telemetry);
    return (closing ??= telemetry.run(() =>
      closeInOrder(steps, configuration.shutdownDeadlineMs, settings.name),
    ));
  };
  const end = (): void => void close().finally(() => process.exit(0));
  if (settings.signals !== false) {
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  }
  const queues = parts.organs.discovery.find().workers.map(({ declaration }) => declaration.queue.name);
  return { name: settings.name, app, url, queues, close };
}

/** Timers, then work in flight, then the bus, the workers' connections, the pool and the last spans. */
function shutdownSteps(
  app: NestFastifyApplication,
  parts: Parts,
  telemetry: ServiceTelemetry,
): ShutdownStep[] {
  const { bus, jobs, timers, inFlight, source } = parts.organs;
  return [
    ['timers', () => timers.stop()],
    [
      'work in flight',
      async () => {
        parts.questions?.stopListening();
        const stopping = [...parts.consumers, ...parts.workers].map((part) => part.stop());
        await Promise.all([...stopping, inFlight.idle()]);
      },
    ],
    ['outbox', async () => parts.relay?.stop()],
    ['application', () => app.close()],
    ['bus', () => bus.close()],
    [
      'redis',
      async () => {
        await jobs.close();
        parts.redis?.disconnect();
      },
    ],
    ['database', async () => (source?.isInitialized ? source.destroy() : undefined)],
    ['telemetry', () => telemetry.shutdown()],
  ];
}
