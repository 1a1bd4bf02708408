import { connect, type ConnectionOptions, type NatsConnection } from 'nats';

const reconnectWaitMs = 250;
const reconnectJitterMs = 250;
const pingEveryMs = 10_000;
const unansweredPingsMax = 2;

/** How every NATS connection of Drover behaves: it waits for the first server and reconnects for ever. */
export const natsOptions = (url: string, name: string): ConnectionOptions => ({
  servers: url.split(','),
  name,
  reconnect: true,
  maxReconnectAttempts: -1,
  reconnectTimeWait: reconnectWaitMs,
  reconnectJitter: reconnectJitterMs,
  waitOnFirstConnect: true,
  pingInterval: pingEveryMs,
  maxPingOut: unansweredPingsMax,
});

export const connectNats = (url: string, name: string): Promise<NatsConnection> =>
  connect(natsOptions(url, name));
