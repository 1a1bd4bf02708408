import { connect, type ConnectionOptions, type NatsConnection } from 'nats';
import { PlatformError } from '../failure';
import { backOffMs, pause } from '../service/pause';

const reconnectWaitMs = 250;
const reconnectJitterMs = 250;
const pingEveryMs = 10_000;
const unansweredPingsMax = 2;
const connectForMs = 60_000;

/** How every NATS connection of Drover behaves: once connected, it reconnects for ever. A URL may hold an account. */
export function natsOptions(url: string, name: string): ConnectionOptions {
  const parts = url.split(',').map((text) => new URL(text));
  const account = parts.find((part) => part.username !== '');
  return {
    servers: parts.map((part) => part.host),
    ...(account && {
      user: decodeURIComponent(account.username),
      pass: decodeURIComponent(account.password),
    }),
    ...(parts[0]?.protocol === 'tls:' && { tls: {} }),
    name,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    pingInterval: pingEveryMs,
    maxPingOut: unansweredPingsMax,
  };
}

/** Connects, waiting up to a minute for a server that is still starting. */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  const startedAt = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connect(natsOptions(url, name));
    } catch (error) {
      if (Date.now() - startedAt > connectForMs) {
        throw new PlatformError('unavailable', 'NATS does not answer', error);
      }
      await pause(backOffMs(attempt, 100, 2_000));
    }
  }
}
