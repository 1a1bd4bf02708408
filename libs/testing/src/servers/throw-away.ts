/**
 * Servers for one test file: a Redis and a NATS of its own, and a database of its own in a Postgres that the whole
 * run shares (the global set-up starts it; without one, the file starts its own). Everything is in memory or in a
 * temporary folder, and dies with the process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres } from './postgres';
import type { ServerProcess } from './server-process';
import { startServers, type ServerName } from './start-servers';

/** Where the global set-up says which Postgres the run shares. */
export const sharedPostgresVariable = 'DROVER_TEST_POSTGRES_URL';

export interface ThrowAwayServers {
  databaseUrl: string;
  redisUrl: string;
  natsUrl: string;
  /** For startService and loadConfiguration. */
  environment: Record<string, string>;
  /** To kill Redis or NATS in a test. */
  processes: Partial<Record<ServerName, ServerProcess>>;
  /** A temporary folder that goes with them. */
  folder: string;
  close(): Promise<void>;
}

export async function throwAwayServers(): Promise<ThrowAwayServers> {
  const folder = mkdtempSync(join(tmpdir(), 'drover-test-'));
  const [database, servers] = await Promise.all([
    ownDatabase(folder),
    startServers({ stateFolder: folder, durable: false, only: ['redis', 'nats'] }),
  ]);
  const { redisUrl = '', natsUrl = '' } = servers;
  return {
    databaseUrl: database.url,
    redisUrl,
    natsUrl,
    environment: {
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      NATS_URL: natsUrl,
      DROVER_STATE: folder,
      DROVER_PORT: '0',
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    },
    processes: servers.processes,
    folder,
    close: async () => {
      await Promise.all([database.drop(), servers.stop()]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function ownDatabase(folder: string): Promise<{ url: string; drop(): Promise<void> }> {
  const shared = process.env[sharedPostgresVariable];
  if (shared === undefined) {
    const own = await startPostgres({ folder: join(folder, 'postgres'), durable: false });
    return { url: own.url, drop: () => own.stop() };
  }
  const name = `test_${randomBytes(6).toString('hex')}`;
  await sql(shared, `CREATE DATABASE ${name}`);
  const url = new URL(shared);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => sql(shared, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function sql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
