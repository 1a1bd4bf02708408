/**
 * One durable pull consumer: fetches as many messages as there are free places, hands each to its handler, and
 * acknowledges afterwards. A server that was emptied gets its stream and consumer back, and the loop goes on.
 */
import { Logger } from '@nestjs/common';
import { AckPolicy, JSONCodec, NatsError, type Consumer, type ConsumerMessages, type JsMsg } from 'nats';
import { InFlight } from '../service/in-flight';
import { backOffMs, pause } from '../service/pause';
import type { ServiceTelemetry } from '../telemetry/telemetry';
import { inSpan } from '../telemetry/trace';
import type { Bus } from './bus';
import type { ConsumerDeclaration, MessageInfo } from './consumes';
import { bury } from './dead-letter';
import { ensureStreams } from './streams';

const defaultConcurrency = 32;
const defaultDeliveriesMax = 30;
const acknowledgeWithinMs = 30_000;
const stillWorkingEveryMs = 10_000;
const fetchMs = 5_000;
const longestRedeliveryMs = 60_000;
const consumerExists = 10_148;
const nanosecondsPerMillisecond = 1_000_000;

const codec = JSONCodec<unknown>();

export type MessageHandler = (payload: never, info: MessageInfo) => unknown;

export class MessageConsumer {
  private readonly log = new Logger('Consumer');
  private readonly stopping = new AbortController();
  private readonly inFlight = new InFlight();
  private readonly concurrency: number;
  private consumer: Consumer | undefined;
  private batch: ConsumerMessages | undefined;
  private placeFreed: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly telemetry: ServiceTelemetry,
    private readonly declaration: ConsumerDeclaration,
    private readonly handler: MessageHandler,
  ) {
    this.concurrency = declaration.settings.concurrency ?? defaultConcurrency;
  }

  start(): void {
    this.loop = this.telemetry.run(() => this.run());
  }

  /** Fetches no more, and waits for the handlers that run. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.placeFreed?.();
    this.batch?.stop();
    await this.loop;
    await this.inFlight.idle();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted && !this.bus.connection.isClosed();) {
      try {
        this.consumer ??= await this.open();
        await this.fetchBatch(this.consumer);
        failures = 0;
      } catch (error) {
        this.consumer = undefined;
        if (failures === 0) this.log.warn(`${this.declaration.settings.durable} is re-created`, error);
        await pause(backOffMs(failures, 100, 2_000), signal);
        failures += 1;
      }
    }
  }

  private async open(): Promise<Consumer> {
    const { message, settings } = this.declaration;
    const manager = await this.bus.manager();
    await ensureStreams(manager);
    const configuration = {
      durable_name: settings.durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: acknowledgeWithinMs * nanosecondsPerMillisecond,
      filter_subject: settings.filter ?? `${message.subject}.>`,
      max_deliver: -1,
      max_ack_pending: Math.max(1000, this.concurrency * 4),
    };
    try {
      await manager.consumers.add(message.stream, configuration);
    } catch (error) {
      if (!(error instanceof NatsError) || error.api_error?.err_code !== consumerExists) throw error;
      await manager.consumers.update(message.stream, settings.durable, configuration);
    }
    return this.bus.connection.jetstream().consumers.get(message.stream, settings.durable);
  }

  private async fetchBatch(consumer: Consumer): Promise<void> {
    const free = this.concurrency - this.inFlight.count;
    if (free <= 0) {
      await new Promise<void>((resolve) => (this.placeFreed = resolve));
      return;
    }
    this.batch = await consumer.fetch({ max_messages: free, expires: fetchMs });
    // A batch that is closed before it is read would never end its iteration.
    if (this.stopping.signal.aborted) {
      this.batch.stop();
      return;
    }
    for await (const received of this.batch) {
      void this.inFlight
        .track(() => this.handle(received))
        .catch((error: unknown) => this.log.error(`${received.subject} will be delivered again`, error))
        .finally(() => this.placeFreed?.());
    }
  }

  private async handle(received: JsMsg): Promise<void> {
    const { message, settings } = this.declaration;
    const { durable, deliveriesMax = defaultDeliveriesMax } = settings;
    const delivery = received.info.redeliveryCount;
    if (delivery > deliveriesMax) {
      return bury(this.bus, received, { durable, reason: `not handled in ${deliveriesMax} deliveries` });
    }
    const payload = message.schema.safeParse(decoded(received));
    if (!payload.success) {
      const where = payload.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ');
      return bury(this.bus, received, { durable, reason: `not as declared: ${where}` });
    }
    await this.deliver(received, payload.data);
  }

  private async deliver(received: JsMsg, payload: unknown): Promise<void> {
    const heartbeat = setInterval(() => received.working(), stillWorkingEveryMs);
    const delivery = received.info.redeliveryCount;
    const info: MessageInfo = {
      subject: received.subject,
      sequence: received.seq,
      messageId: received.headers?.get('Nats-Msg-Id') ?? `${received.info.stream}-${received.seq}`,
      delivery,
    };
    try {
      const parent = received.headers?.get('traceparent');
      const name = `consume ${this.declaration.message.subject}`;
      await inSpan(name, { kind: 'consumer', parent }, () => this.handler(payload as never, info));
      received.ack();
    } catch (error) {
      received.nak(Math.min(longestRedeliveryMs, 500 * 2 ** Math.min(delivery, 10)));
      this.log.error(`handling ${received.subject} failed at delivery ${delivery}`, error);
    } finally {
      clearInterval(heartbeat);
    }
  }
}

/** What is not JSON has no value, and is buried as not as declared. */
function decoded(received: JsMsg): unknown {
  try {
    return codec.decode(received.data);
  } catch {
    return undefined;
  }
}
