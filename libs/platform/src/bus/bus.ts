/** Questions over request/reply, messages over JetStream: what a service may do on NATS. */
import { Problem, problem, type Answer, type Message, type Payload, type Question } from '@drover/contracts';
import { ErrorCode, JSONCodec, NatsError, headers } from 'nats';
import type { JetStreamManager, MsgHdrs, NatsConnection } from 'nats';
import { z } from 'zod';
import { PlatformError } from '../failure';
import { backOffMs, pause } from '../service/pause';
import { activeTraceparent, inSpan } from '../telemetry/trace';
import { ensureStreams } from './streams';
import { subjectOf } from './subjects';
import { follow, type SubscriptionSettings } from './subscription';

const answerTimeoutMs = 10_000;
/** How long a question waits for somebody to answer at all: a service that restarts costs time, not an error. */
const listenerPatienceMs = 3_000;
const listenerRetryMs = 150;
const acknowledgeTimeoutMs = 5_000;
const firstRetryMs = 100;
const longestRetryMs = 5_000;

const codec = JSONCodec<unknown>();
/** What QuestionInterceptor answers, inside the packet of Nest's NATS transporter. */
const packet = z.object({
  response: z.union([z.object({ answer: z.unknown() }), z.object({ problem })]).optional(),
  err: z.unknown().optional(),
});

export class Bus {
  private readonly closing = new AbortController();

  constructor(
    readonly connection: NatsConnection,
    private readonly name: string,
  ) {}

  /**
   * Asks whoever answers the question.
   * @throws Problem as the answering service threw it; 'unavailable' when nobody answers in time.
   */
  async ask<Q extends z.ZodType, A extends z.ZodType>(
    question: Question<Q, A>,
    request: z.input<Q>,
    options: { timeoutMs?: number } = {},
  ): Promise<Answer<Question<Q, A>>> {
    return inSpan(`ask ${question.pattern}`, { kind: 'client' }, async () => {
      const data = parseRequest(question, request);
      const reply = await this.request(question.pattern, data, options.timeoutMs ?? answerTimeoutMs);
      const read = packet.safeParse(reply);
      if (!read.success || read.data.response === undefined)
        throw notUnderstood(question.pattern, read.error);
      if ('problem' in read.data.response) throw Problem.from(read.data.response.problem);
      const answer = question.reply.safeParse(read.data.response.answer);
      if (!answer.success) throw notUnderstood(question.pattern, answer.error);
      return answer.data as Answer<Question<Q, A>>;
    });
  }

  /**
   * Publishes and waits for JetStream's acknowledgement, as long as it takes; a repeated message id is stored once.
   * @throws PlatformError 'closing' when the service or the caller gives up first.
   */
  async publish<T extends z.ZodType>(
    message: Message<T>,
    payload: z.input<T>,
    options: { suffix?: string; messageId: string; signal?: AbortSignal },
  ): Promise<void> {
    const data = message.schema.parse(payload);
    await inSpan(`publish ${message.subject}`, { kind: 'producer' }, () =>
      this.publishRaw(subjectOf(message.subject, options.suffix), data, {
        ...options,
        traceparent: activeTraceparent(),
      }),
    );
  }

  /** Publishes what has been validated before, such as an outbox row, with the trace context that came with it. */
  async publishRaw(
    subject: string,
    data: unknown,
    options: { messageId: string; traceparent?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const carried = headers();
    if (options.traceparent !== undefined) carried.set('traceparent', options.traceparent);
    await this.publishBytes(subject, codec.encode(data), { ...options, carried });
  }

  /** The loop under every publish: retries until acknowledged, and re-creates streams that are gone. */
  async publishBytes(
    subject: string,
    bytes: Uint8Array,
    options: { messageId: string; carried: MsgHdrs; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.closing.signal])
      : this.closing.signal;
    for (let attempt = 0; ; attempt += 1) {
      if (signal.aborted) throw new PlatformError('closing', `gave up publishing ${subject}`);
      try {
        await this.connection.jetstream().publish(subject, bytes, {
          msgID: options.messageId,
          headers: options.carried,
          timeout: acknowledgeTimeoutMs,
        });
        return;
      } catch (error) {
        if (this.connection.isClosed()) throw new PlatformError('closing', 'the bus is closed', error);
        await this.restoreStreams(error);
        await pause(backOffMs(attempt, firstRetryMs, longestRetryMs), signal);
      }
    }
  }

  /** Follows a stream in order, without acknowledgement; nothing is lost while the stream still holds it. */
  async subscribe<T extends z.ZodType>(
    message: Message<T>,
    settings: SubscriptionSettings,
    handler: (payload: Payload<Message<T>>, info: { sequence: number; subject: string }) => void,
  ): Promise<() => Promise<void>> {
    return follow(this, message, settings, handler);
  }

  /** For JetStream's own administration; without the check for an account, which 2.9 answers slowly when empty. */
  manager(): Promise<JetStreamManager> {
    return this.connection.jetstreamManager({ checkAPI: false });
  }

  /** Creates the streams, waiting for a server that has no JetStream ready yet. */
  async prepare(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt += 1) {
      try {
        await ensureStreams(await this.manager());
        return;
      } catch (error) {
        if (this.connection.isClosed()) throw new PlatformError('closing', 'the bus is closed', error);
        if (attempt > 20) throw new PlatformError('unavailable', 'NATS does not offer JetStream', error);
        await pause(backOffMs(attempt, firstRetryMs, longestRetryMs), this.closing.signal);
      }
    }
  }

  /** Lets no publisher wait any longer, sends what is buffered and disconnects. */
  async close(): Promise<void> {
    this.closing.abort();
    if (!this.connection.isClosed()) await this.connection.drain();
  }

  /** An emptied NATS answers "no responders": its streams are created again, and publishing goes on. */
  private async restoreStreams(error: unknown): Promise<void> {
    if (!(error instanceof NatsError) || error.code !== ErrorCode.NoResponders) return;
    try {
      await ensureStreams(await this.manager());
    } catch (again) {
      // The caller's loop tries again after its pause; only a closed connection ends it.
      if (this.connection.isClosed()) throw new PlatformError('closing', 'the bus is closed', again);
    }
  }

  private async request(pattern: string, data: unknown, timeoutMs: number): Promise<unknown> {
    const carried = headers();
    const traceparent = activeTraceparent();
    if (traceparent !== undefined) carried.set('traceparent', traceparent);
    const bytes = codec.encode({ pattern, data, id: this.name });
    const limit = this.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (bytes.length > limit) throw new Problem('invalid', 'Too large', `the request exceeds ${limit} bytes`);
    const askedAt = Date.now();
    for (;;) {
      try {
        const left = Math.max(1, timeoutMs - (Date.now() - askedAt));
        const reply = await this.connection.request(pattern, bytes, { timeout: left, headers: carried });
        return codec.decode(reply.data);
      } catch (error) {
        const isUnheard = error instanceof NatsError && error.code === ErrorCode.NoResponders;
        const waitedMs = Date.now() - askedAt;
        if (!isUnheard || waitedMs > Math.min(timeoutMs, listenerPatienceMs) || this.closing.signal.aborted) {
          throw unanswered(pattern, error);
        }
        await pause(listenerRetryMs, this.closing.signal);
      }
    }
  }
}

function parseRequest<Q extends z.ZodType>(question: Question<Q>, request: unknown): z.output<Q> {
  const read = question.request.safeParse(request);
  if (read.success) return read.data;
  throw invalid(read.error);
}

/** A schema's complaints as the Problem a caller can act on. */
export function invalid(error: z.ZodError): Problem {
  const errors = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const detail = errors.map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`)).join('; ');
  return new Problem('invalid', 'Not valid', detail, { errors });
}

const unanswered = (pattern: string, cause: unknown) =>
  new Problem(
    'unavailable',
    'Service unavailable',
    `nobody answered ${pattern}`,
    { remedy: 'Check that every service is running, then try again.' },
    cause,
  );

const notUnderstood = (pattern: string, cause: unknown) =>
  new Problem('internal', 'Unexpected answer', `the answer to ${pattern} was not understood`, {}, cause);
