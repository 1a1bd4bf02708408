/** The behaviours of the ledger once more, over Postgres; and what only Postgres can promise. */
import { activeStatuses, finalStatuses } from '@drover/domain';
import { loadConfiguration } from '@drover/platform';
import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import type { DataSource } from 'typeorm';
import { describeLedger } from '../test/behaviours';
import { bringTo } from '../test/play';
import { openLedger, postgresWorld } from '../test/postgres-world';
import { describeProgress } from '../test/progress-behaviours';
import { query } from './sql.adapter';
import { holdingStatuses } from './target/target';

jest.setTimeout(60_000);

let servers: ThrowAwayServers;
let source: DataSource;
beforeAll(async () => {
  servers = await throwAwayServers();
  source = await openLedger(loadConfiguration(servers.environment));
});
afterAll(async () => {
  await source?.destroy();
  await servers?.close();
});

describe('the ledger in Postgres', () => describeLedger(() => postgresWorld(source), 150));
describe('progress in Postgres', () => describeProgress(() => postgresWorld(source)));

describe('the database itself', () => {
  const wordsOf = async (sql: string): Promise<string[]> => {
    const [row] = await query<{ text: string }>(source.manager, sql);
    return [...new Set(row?.text.match(/'\w+'/g)?.map((word) => word.slice(1, -1)))].sort();
  };

  it('knows the statuses of the lifecycle table, and no other', async () => {
    const check = `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'target_status'`;
    expect(await wordsOf(check)).toEqual([...activeStatuses, ...finalStatuses].sort());
  });

  it('holds a computer for one target in exactly the statuses that hold it', async () => {
    const index = `SELECT indexdef AS text FROM pg_indexes WHERE indexname = 'target_holds_asset'`;
    expect(await wordsOf(index)).toEqual([...holdingStatuses].sort());
  });

  it('refuses a second target at work on one computer, whatever a service may do', async () => {
    const world = await postgresWorld(source);
    const assets = world.addAssets(1);
    await bringTo(world, 'running', assets);
    const second = await world.deploy(assets);
    await expect(
      source.query(`UPDATE target SET status = 'checking' WHERE deployment_id = $1`, [second.id]),
    ).rejects.toMatchObject({ driverError: { constraint: 'target_holds_asset' } });
  });

  it('refuses two targets of one deployment for one computer', async () => {
    const world = await postgresWorld(source);
    const deployment = await world.deploy(world.addAssets(1));
    await expect(
      source.query(
        `INSERT INTO target (id, deployment_id, asset_id, asset_name, asset, status, attempt, generation, status_since,
                             probes, verdicts, journal_sequence)
         SELECT gen_random_uuid(), deployment_id, asset_id, asset_name, asset, status, 0, 0, status_since, 0, '[]', -1
           FROM target WHERE deployment_id = $1`,
        [deployment.id],
      ),
    ).rejects.toMatchObject({ driverError: { code: '23505' } });
  });

  it('has an audit row for each change that an operator asked for', async () => {
    const world = await postgresWorld(source);
    const deployment = await world.deploy(world.addAssets(1));
    const [row] = await query(source.manager, 'SELECT actor, action, subject FROM audit');
    expect(row).toEqual({ actor: 'tester', action: 'deployment.create', subject: deployment.id });
  });
});
