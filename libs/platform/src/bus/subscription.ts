/**
 * An ordered reader of a stream for live views. A gap, a lost consumer or an emptied server makes a fresh
 * consumer right after the last message seen; when the stream itself has begun again, from its beginning.
 */
import { Logger } from '@nestjs/common';
import type { Message, Payload } from '@drover/contracts';
import { AckPolicy, DeliverPolicy, JSONCodec, type Consumer, type ConsumerMessages } from 'nats';
import type { z } from 'zod';
import { backOffMs, pause } from '../service/pause';
import type { Bus } from './bus';
import { ensureStreams } from './streams';

const batchMax = 256;
const fetchMs = 5_000;
const idleConsumerNs = 60_000_000_000;
const codec = JSONCodec<unknown>();
const log = new Logger('Subscription');

export interface SubscriptionSettings {
  /** A suffix, `*` allowed; all of the message's subjects when absent. */
  filter?: string;
  /** The last stream sequence already seen; only messages published from now on when absent. */
  startAfter?: number;
}

type Handler<T extends z.ZodType> = (
  payload: Payload<Message<T>>,
  info: { sequence: number; subject: string },
) => void;

/** Resolves once the first consumer exists, so that nothing published afterwards is missed. */
export async function follow<T extends z.ZodType>(
  bus: Bus,
  message: Message<T>,
  settings: SubscriptionSettings,
  handler: Handler<T>,
): Promise<() => Promise<void>> {
  const reader = new Reader(bus, message, settings, handler);
  await reader.open();
  const done = reader.run();
  return async () => {
    await reader.stop();
    await done;
  };
}

class Reader<T extends z.ZodType> {
  private readonly stopping = new AbortController();
  private consumer: Consumer | undefined;
  private batch: ConsumerMessages | undefined;
  private lastSequence: number | undefined;
  private delivered = 0;

  constructor(
    private readonly bus: Bus,
    private readonly message: Message<T>,
    private readonly settings: SubscriptionSettings,
    private readonly handler: Handler<T>,
  ) {
    this.lastSequence = settings.startAfter;
  }

  async open(): Promise<void> {
    const { stream, subject } = this.message;
    const manager = await this.bus.manager();
    await ensureStreams(manager);
    const { state } = await manager.streams.info(stream);
    const hasBegunAgain = this.lastSequence !== undefined && this.lastSequence > state.last_seq;
    this.lastSequence = hasBegunAgain ? 0 : (this.lastSequence ?? state.last_seq);
    const filter = this.settings.filter;
    const made = await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.lastSequence + 1,
      filter_subject: filter === undefined ? `${subject}.>` : `${subject}.${filter}`,
      inactive_threshold: idleConsumerNs,
      mem_storage: true,
    });
    this.delivered = 0;
    this.consumer = await this.bus.connection.jetstream().consumers.get(stream, made.name);
  }

  async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted && !this.bus.connection.isClosed();) {
      try {
        if (this.consumer === undefined) await this.open();
        await this.readBatch();
        failures = 0;
      } catch (error) {
        this.consumer = undefined;
        if (failures === 0) log.debug(`${this.message.subject} is followed anew`, error);
        await pause(backOffMs(failures, 100, 2_000), this.stopping.signal);
        failures += 1;
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.batch?.stop();
  }

  private async readBatch(): Promise<void> {
    this.batch = await this.consumer?.fetch({ max_messages: batchMax, expires: fetchMs });
    // A batch that is closed before it is read would never end its iteration.
    if (this.stopping.signal.aborted) {
      this.batch?.stop();
      return;
    }
    for await (const received of this.batch ?? []) {
      this.delivered += 1;
      if (received.info.deliverySequence !== this.delivered) {
        this.consumer = undefined;
        return;
      }
      this.lastSequence = received.seq;
      const read = this.message.schema.safeParse(codec.decode(received.data));
      if (read.success) {
        this.handler(read.data as Payload<Message<T>>, { sequence: received.seq, subject: received.subject });
      } else log.warn(`skipped message ${received.seq} of ${received.subject}: not as declared`);
    }
  }
}
