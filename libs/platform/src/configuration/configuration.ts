/** What a service reads from its environment, once, at its start. Every setting is listed in the README. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { PlatformError } from '../failure';

/** The injection token of the Configuration that startService was given. */
export const CONFIGURATION = Symbol('Configuration');

const port = z.coerce.number().int().min(0).max(65_535);
const urlOf = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((p) => text.startsWith(`${p}://`)), {
    error: `must begin with ${protocols.map((p) => `${p}://`).join(' or ')}`,
  });

const settings = z.object({
  DATABASE_URL: urlOf('postgres', 'postgresql').optional(),
  REDIS_URL: urlOf('redis', 'rediss').optional(),
  NATS_URL: urlOf('nats', 'tls').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlOf('http', 'https').optional(),
  DROVER_STATE: z.string().default('.drover'),
  DROVER_PUBLIC_KEY_FILE: z.string().optional(),
  DROVER_PRIVATE_KEY_FILE: z.string().optional(),
  DROVER_HOST: z.string().default('127.0.0.1'),
  DROVER_PORT: port.default(8420),
  DROVER_HEALTH_PORT: port.optional(),
  DROVER_DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),
  DROVER_SHUTDOWN_SECONDS: z.coerce.number().min(1).max(600).default(10),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FILE: z.string().optional(),
});

export interface Configuration {
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  natsUrl: string | undefined;
  otlpEndpoint: string | undefined;
  /** Absolute. */
  stateFolder: string;
  publicKeyFile: string;
  privateKeyFile: string;
  host: string;
  port: number;
  /** A service without an API of its own answers /health on this port when it is set. */
  healthPort: number | undefined;
  databasePoolSize: number;
  shutdownDeadlineMs: number;
  logLevel: string;
  logFile: string | undefined;
}

/**
 * Reads and checks the settings; an empty variable counts as absent.
 * @throws PlatformError 'configuration' that names every wrong variable, without its value.
 */
export function loadConfiguration(env: Record<string, string | undefined> = process.env): Configuration {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = settings.safeParse(given);
  if (!read.success) {
    const complaints = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new PlatformError('configuration', `settings are wrong: ${complaints.join('; ')}`);
  }
  const s = read.data;
  const stateFolder = resolve(s.DROVER_STATE);
  return {
    databaseUrl: s.DATABASE_URL,
    redisUrl: s.REDIS_URL,
    natsUrl: s.NATS_URL,
    otlpEndpoint: s.OTEL_EXPORTER_OTLP_ENDPOINT,
    stateFolder,
    publicKeyFile: s.DROVER_PUBLIC_KEY_FILE ?? resolve(stateFolder, 'keys/public.key'),
    privateKeyFile: s.DROVER_PRIVATE_KEY_FILE ?? resolve(stateFolder, 'keys/private.key'),
    host: s.DROVER_HOST,
    port: s.DROVER_PORT,
    healthPort: s.DROVER_HEALTH_PORT,
    databasePoolSize: s.DROVER_DATABASE_POOL,
    shutdownDeadlineMs: s.DROVER_SHUTDOWN_SECONDS * 1000,
    logLevel: s.LOG_LEVEL,
    logFile: s.LOG_FILE,
  };
}

/** The setting, or an error that names the variable to set. */
export function required<T>(value: T | undefined, variable: string): T {
  if (value === undefined) throw new PlatformError('configuration', `${variable} is not set`);
  return value;
}
