/** Jest calls this once before the integration suite: it starts the Postgres that the test files share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../src/servers/find-binary';
import { startPostgres } from '../src/servers/postgres';
import { sharedPostgresVariable } from '../src/servers/throw-away';

export default async function setUp(): Promise<void> {
  if (process.env[sharedPostgresVariable] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'drover-test-postgres-'));
  const [postgres] = await Promise.all([
    startPostgres({ folder, durable: false }),
    findBinary('redis-server'),
    findBinary('nats-server'),
  ]);
  process.env[sharedPostgresVariable] = postgres.url;
  Object.assign(globalThis, {
    droverTearDown: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  });
}
