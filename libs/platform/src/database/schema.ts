/** A schema and a role per service: a service that is broken into can read its own tables only. */
import { Logger } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';
import { PlatformError } from '../failure';
import { backOffMs, pause } from '../service/pause';

const connectTimeoutMs = 5_000;
const connectForMs = 60_000;
/** duplicate_object, unique_violation, and "tuple concurrently updated": another service does the same at once. */
const raceCodes = new Set(['42710', '23505', 'XX000']);
const racesMax = 20;

const identifier = /^[a-z][a-z_]{0,40}$/;

export const roleOf = (schema: string): string => `drover_${schema}`;

/** Connection settings that make a session work as the service's role, inside its schema. */
export const sessionOptions = (schema: string): string =>
  `-c search_path=${schema} -c role=${roleOf(schema)}`;

/**
 * Creates the role and the schema when they are missing, and waits up to a minute for the database to answer.
 * The URL's account must be allowed to create roles, or both must exist already.
 */
export async function prepareSchema(databaseUrl: string, schema: string): Promise<void> {
  if (!identifier.test(schema)) throw new PlatformError('declaration', `not a schema name: ${schema}`);
  const client = await connectPatiently({ connectionString: databaseUrl });
  try {
    const role = roleOf(schema);
    for (let race = 0; ; race += 1) {
      try {
        await createMissing(client, schema, role);
        return;
      } catch (error) {
        const { code } = error as { code?: string };
        if (race >= racesMax || code === undefined || !raceCodes.has(code)) throw error;
        await pause(backOffMs(race, 10, 200));
      }
    }
  } finally {
    await client.end();
  }
}

/** A client that is connected, after as many tries as fit in a minute. */
export async function connectPatiently(config: ClientConfig, signal?: AbortSignal): Promise<Client> {
  const startedAt = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    const client = new Client({ connectionTimeoutMillis: connectTimeoutMs, ...config });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await endBroken(client);
      const isOver = Date.now() - startedAt > connectForMs || signal?.aborted === true;
      if (isOver) throw new PlatformError('unavailable', 'Postgres does not answer', error);
      await pause(backOffMs(attempt, 100, 2_000), signal);
    }
  }
}

/** Ends a client whose connection has failed already; that it fails to say goodbye is no news. */
export async function endBroken(client: Client): Promise<void> {
  try {
    await client.end();
  } catch (error) {
    new Logger('Postgres').debug('a broken connection', error);
  }
}

/** Runs `work` while no other process migrates the same schema. */
export async function withMigrationLock<T>(
  databaseUrl: string,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  const client = await connectPatiently({ connectionString: databaseUrl });
  try {
    await client.query(`SELECT pg_advisory_lock(hashtextextended($1, 0))`, [`migrations ${schema}`]);
    return await work();
  } finally {
    await client.end();
  }
}

async function createMissing(client: Client, schema: string, role: string): Promise<void> {
  const { rows } = await client.query<{ role: boolean; schema: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS role,
            EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $2) AS schema`,
    [role, schema],
  );
  // As a member, an account that is no superuser may give the schema to the role and work as it.
  if (!rows[0]?.role) await client.query(`CREATE ROLE ${role} NOLOGIN ROLE CURRENT_USER`);
  if (!rows[0]?.schema) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${role}`);
}
