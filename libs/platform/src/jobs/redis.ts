import { Redis } from 'ioredis';
import { backOffMs } from '../service/pause';

const commandTimeoutMs = 5_000;
const longestReconnectMs = 2_000;

const reconnect = (attempt: number) => backOffMs(attempt, 50, longestReconnectMs);

/** For adding and asking: a command that Redis does not answer fails, and its caller tries again. */
export const commandConnection = (url: string): Redis =>
  new Redis(url, { maxRetriesPerRequest: 3, commandTimeout: commandTimeoutMs, retryStrategy: reconnect });

/** For workers, whose blocking reads wait as long as it takes; BullMQ demands no retry limit for them. */
export const workerConnection = (url: string): Redis =>
  new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnect });
