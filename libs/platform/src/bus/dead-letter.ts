import { headers, type JsMsg } from 'nats';
import type { Bus } from './bus';

/** What the DEAD stream tells about a message that no handler could take. */
export interface DeathNotice {
  durable: string;
  /** For an operator; never the payload, which stays in the message itself. */
  reason: string;
}

/**
 * Moves a message to DEAD as `dead.<stream>.<durable>` with the reason in headers, then ends its delivery.
 * Its own `Nats-*` headers are dropped: JetStream would act on them again.
 */
export async function bury(bus: Bus, message: JsMsg, notice: DeathNotice): Promise<void> {
  const { stream } = message.info;
  const kept: Record<string, string> = {};
  for (const name of message.headers?.keys() ?? []) {
    if (!name.toLowerCase().startsWith('nats-')) kept[name] = message.headers?.get(name) ?? '';
  }
  await bus.publishBytes(`dead.${stream}.${notice.durable}`, message.data, {
    messageId: `${stream}-${notice.durable}-${message.seq}-${message.info.timestampNanos}`,
    carried: headersOf({
      ...kept,
      'drover-reason': notice.reason.replace(/[\r\n]+/g, ' ').slice(0, 500),
      'drover-subject': message.subject,
      'drover-sequence': String(message.seq),
      'drover-deliveries': String(message.info.redeliveryCount),
    }),
  });
  message.term();
}

function headersOf(values: Record<string, string>) {
  const carried = headers();
  for (const [name, value] of Object.entries(values)) carried.set(name, value);
  return carried;
}
