/** The behaviours of the ledger once more, over Postgres; and what only Postgres can promise. */
import { activeStatuses, finalStatuses } from '@drover/domain';
import { loadConfiguration } from '@drover/platform';
import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import type { DataSource } from 'typeorm';
import { describeLedger } from '../test/behaviours';
import { bringTo, workUntilIdle } from '../test/play';
import { openLedger, postgresWorld } from '../test/postgres-world';
import { describeProgress } from '../test/progress-behaviours';
import { releaseJobs } from './release/release-jobs';
import { query } from './sql.adapter';
import { holdingStatuses } from './target/target';
import { fireDueTimers } from './timers/fire-due-timers';

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

  it('keeps one target at work per computer while two schedulers compete for the same fleet', async () => {
    const world = await postgresWorld(source);
    const assets = world.addAssets(60);
    const deployments = [await world.deploy(assets), await world.deploy(assets), await world.deploy(assets)];
    const look = (): Promise<unknown> =>
      Promise.all([fireDueTimers(world.ports), fireDueTimers(world.ports)]);
    await look();
    await look();
    const [held] = await query<{ holding: number; assets: number }>(
      source.manager,
      `SELECT count(*)::int AS holding, count(DISTINCT asset_id)::int AS assets FROM target WHERE status = 'checking'`,
    );
    expect(held).toEqual({ holding: 60, assets: 60 });
    expect((await world.ledger.deployment(deployments[0]!.id))?.counts).toEqual({ checking: 60 });
    await workUntilIdle(world);
    for (const { id } of deployments)
      expect(await world.ledger.deployment(id)).toMatchObject({
        state: 'finished',
        counts: { succeeded: 60 },
      });
  });

  it('finds what is due and whose turn it is among 20,000 targets in a moment', async () => {
    const world = await postgresWorld(source);
    await world.deploy(world.addAssets(20_000));
    await source.query(
      `UPDATE target SET status = 'checking', due_at = NULL WHERE position % 2 = 0;
       UPDATE target SET status = 'sleeping', due_at = now() + interval '1 day' WHERE position % 4 = 1; ANALYZE target`,
    );
    const within = async (limitMs: number, work: () => Promise<unknown>): Promise<void> => {
      const startedAt = performance.now();
      await work();
      expect(performance.now() - startedAt).toBeLessThan(limitMs);
    };
    await within(1_000, () => world.ledger.dueTargets(world.ports.now(), 500));
    await within(1_000, () => releaseJobs(world.ports));
    await within(1_000, () => world.ledger.ownedTargets(undefined, world.ports.now(), 500));
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

  it('shows the latest outputs of a target that wrote more than one message can carry', async () => {
    const world = await postgresWorld(source);
    const { targetId } = await bringTo(world, 'running', world.addAssets(1));
    await source.query(
      `INSERT INTO step_run (target_id, attempt, run, step, step_name, state, started_at, output, dropped_bytes)
       SELECT $1, 1, n, 0, 'Hello', 'succeeded', now(), decode(repeat('01', 65536), 'hex'), 0 FROM generate_series(0, 29) n`,
      [targetId],
    );
    const steps = (await world.ledger.targetDetail(targetId))?.steps ?? [];
    expect(steps.map((step) => step.output.length)).toEqual([
      ...Array<number>(14).fill(0),
      ...Array<number>(16).fill(65_536),
    ]);
    expect(steps[0]).toMatchObject({ run: 0, droppedBytes: 65_536 });
    expect(JSON.stringify(steps).length).toBeLessThan(8 * 1024 * 1024);
  });

  it('has an audit row for each change that an operator asked for', async () => {
    const world = await postgresWorld(source);
    const deployment = await world.deploy(world.addAssets(1));
    const [row] = await query(source.manager, 'SELECT actor, action, subject FROM audit');
    expect(row).toEqual({ actor: 'tester', action: 'deployment.create', subject: deployment.id });
  });
});
