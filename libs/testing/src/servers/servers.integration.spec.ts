import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startServers } from './start-servers';
import { throwAwayServers } from './throw-away';

jest.setTimeout(60_000);

const ask = async (url: string, text: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

describe('the embedded servers', () => {
  it('keep what was written when they are killed, and start again on the same ports', async () => {
    const stateFolder = mkdtempSync(join(tmpdir(), 'drover-state-'));
    try {
      const first = await startServers({ stateFolder, durable: true });
      await ask(first.databaseUrl ?? '', 'CREATE TABLE kept AS SELECT 42 AS answer');
      await Promise.all(Object.values(first.processes).map((server) => server.kill()));

      const second = await startServers({ stateFolder, durable: true });
      expect(second.databaseUrl).toBe(first.databaseUrl);
      expect(second.redisUrl).toBe(first.redisUrl);
      expect(second.natsUrl).toBe(first.natsUrl);
      expect(await ask(second.databaseUrl ?? '', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      await second.stop();
    } finally {
      rmSync(stateFolder, { recursive: true, force: true });
    }
  });

  it('that a killed Drover left running are ended by the next start', async () => {
    const stateFolder = mkdtempSync(join(tmpdir(), 'drover-state-'));
    try {
      const abandoned = await startServers({ stateFolder, durable: true });
      const next = await startServers({ stateFolder, durable: true });
      expect(Object.values(abandoned.processes).map((server) => server.hasEnded())).toEqual([
        true,
        true,
        true,
      ]);
      expect(await ask(next.databaseUrl ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await next.stop();
    } finally {
      rmSync(stateFolder, { recursive: true, force: true });
    }
  });

  it('of two test files do not see each other', async () => {
    const [one, two] = await Promise.all([throwAwayServers(), throwAwayServers()]);
    expect(
      new Set([one.databaseUrl, two.databaseUrl, one.redisUrl, two.redisUrl, one.natsUrl, two.natsUrl]).size,
    ).toBe(6);
    await Promise.all([one.close(), two.close()]);
  });
});
