/** What the ledger promises, run against the fake and against Postgres. */
import { randomUUID } from 'node:crypto';
import { isFinal } from '@drover/domain';
import { cancelDeployment } from '../src/deployment/cancel-deployment';
import { readHealth } from '../src/read-ledger';
import { reconcileJobs } from '../src/release/reconcile-jobs';
import { changeSettings } from '../src/settings/change-settings';
import { assignTarget } from '../src/target/assign-target';
import { grantAttempt } from '../src/target/grant-attempt';
import { attemptsMax } from '../src/target/target';
import { bringTo, report, taken, workUntilIdle, type Stage } from './play';
import type { World } from './world';

const minuteMs = 60_000;

export function describeLedger(make: () => Promise<World>, fleet: number): void {
  let world: World;
  beforeEach(async () => {
    world = await make();
  });
  const statusOf = async (id: string): Promise<string> =>
    (await world.ledger.targetDetail(id))?.status ?? 'absent';

  describe('accepting a deployment', () => {
    it('freezes the assets as targets that wait, each once', async () => {
      const assets = world.addAssets(1000);
      const deployment = await world.deploy([...assets, ...assets]);
      expect(deployment).toMatchObject({ targets: 1000, state: 'active', counts: { waiting: 1000 } });
    });

    it('gives the same deployment for the same request key, and refuses the key for another request', async () => {
      const [a, b] = [world.addAssets(2), world.addAssets(1)];
      const [first, second] = await Promise.all([
        world.deploy(a, { requestKey: 'k' }),
        world.deploy([...a].reverse(), { requestKey: 'k' }),
      ]);
      expect(second.id).toBe(first.id);
      await expect(world.deploy(b, { requestKey: 'k' })).rejects.toMatchObject({ kind: 'conflict' });
    });

    it('refuses a disabled package, an archived one, and assets that are not in the inventory', async () => {
      const assets = world.addAssets(1);
      world.packageState = { isArchived: false, isEnabled: false };
      await expect(world.deploy(assets)).rejects.toMatchObject({
        kind: 'conflict',
        title: 'Package disabled',
      });
      world.packageState = { isArchived: true, isEnabled: true };
      await expect(world.deploy(assets)).rejects.toMatchObject({
        kind: 'conflict',
        title: 'Package archived',
      });
      world.packageState = { isArchived: false, isEnabled: true };
      const stranger = { ...assets[0]!, id: randomUUID() };
      await expect(world.deploy([stranger])).rejects.toMatchObject({ kind: 'invalid' });
    });
  });

  describe('a target’s life', () => {
    it('goes from waiting to succeeded through every service, and finishes the deployment', async () => {
      const deployment = await world.deploy(world.addAssets(1));
      await workUntilIdle(world);
      const target = await world.only(deployment.id);
      const detail = await world.ledger.targetDetail(target.id);
      expect(detail?.history.map((line) => line.to)).toEqual([
        'checking',
        'ready',
        'starting',
        'running',
        'closing',
        'succeeded',
      ]);
      expect(await world.ledger.deployment(deployment.id)).toMatchObject({
        state: 'finished',
        counts: { succeeded: 1 },
        finishedAt: expect.any(String),
      });
      expect(world.events.filter((e) => e.id === `${deployment.id}-finished`)).toHaveLength(1);
      const changes = world.events.filter((e) => e.message.subject === 'event.target.changed');
      expect(changes.map((e) => e.payload)).toMatchObject(
        ['checking', 'ready', 'starting', 'running', 'closing', 'succeeded'].map((status) => ({ status })),
      );
    });

    it('folds a fact once, however often it arrives', async () => {
      const job = await bringTo(world, 'checking');
      const results = await Promise.all([1, 2, 3].map(() => report(world, job, 'passed')));
      expect(results.filter((r) => r.result === 'folded')).toHaveLength(1);
      expect(await world.only(job.deploymentId)).toMatchObject({
        status: 'ready',
        attempt: 1,
        generation: 2,
      });
      expect((await readHealth(world.ports)).staleFacts).toBe(2);
    });

    it('ignores what an earlier attempt reports late', async () => {
      const first = await bringTo(world, 'starting');
      await report(world, first, 'notStarted');
      await report(world, first, 'offline');
      await report(world, { ...first, generation: first.generation - 1 }, 'offline');
      expect(await statusOf(first.targetId)).toBe('ready');
    });

    it('lets no worker report what only the ledger may say', async () => {
      const job = await bringTo(world, 'ready');
      for (const fact of ['granted', 'cancelRequested'] as const) await report(world, job, fact);
      expect(await statusOf(job.targetId)).toBe('ready');
    });

    it('tries again when an attempt provably never began, and gives up after the last', async () => {
      const job = await bringTo(world, 'ready');
      for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
        world.advance(2 * minuteMs);
        await world.settle();
        const turn = taken(world, 'dispatcher');
        expect(turn.attempt).toBe(attempt);
        const grant = await grantAttempt(world.ports, turn);
        await report(world, { ...turn, generation: grant.generation }, 'notStarted');
      }
      const detail = await world.ledger.targetDetail(job.targetId);
      expect(detail).toMatchObject({ status: 'closing', outcome: 'failed', attempt: attemptsMax });
      expect(detail?.cause?.message).toContain('attempts');
    });

    it('waits between two attempts', async () => {
      const job = await bringTo(world, 'starting');
      world.jobs.clear();
      await report(world, job, 'notStarted');
      await world.settle();
      expect(world.take('dispatcher')).toBeUndefined();
      world.advance(5_000);
      await world.settle();
      expect(world.take('dispatcher')).toMatchObject({ attempt: 2 });
    });
  });

  describe('the grant', () => {
    it('is given to exactly one of many that ask at once', async () => {
      const job = await bringTo(world, 'ready');
      const grants = await Promise.all(Array.from({ length: 8 }, () => grantAttempt(world.ports, job)));
      expect(grants.filter((grant) => grant.granted)).toHaveLength(1);
      expect(await world.only(job.deploymentId)).toMatchObject({
        status: 'starting',
        generation: job.generation + 1,
      });
    });

    it('is refused beyond the running maximum, also to many at once', async () => {
      await changeSettings(world.ports, { actor: 'tester', settings: { runningMaximum: 100 } });
      const deployment = await world.deploy(world.addAssets(6));
      await world.settle();
      for (let job = world.take('requirements-checker'); job; job = world.take('requirements-checker'))
        await report(world, job, 'passed');
      await world.settle();
      const jobs = Array.from({ length: 6 }, () => taken(world, 'dispatcher'));
      await changeSettings(world.ports, { actor: 'tester', settings: { runningMaximum: 4 } });
      const grants = await Promise.all(jobs.map((job) => grantAttempt(world.ports, job)));
      expect(grants.filter((grant) => grant.granted)).toHaveLength(4);
      expect((await world.ledger.deployment(deployment.id))?.counts).toEqual({ starting: 4, ready: 2 });
      await world.settle();
      expect(world.take('dispatcher')).toBeUndefined();
    });

    it('is refused once the deployment is cancelled, before the timers have carried the cancel on', async () => {
      const job = await bringTo(world, 'ready');
      await cancelDeployment(world.ports, { actor: 'tester', id: job.deploymentId });
      expect(await grantAttempt(world.ports, job)).toMatchObject({ granted: false });
    });
  });

  describe('a cancel', () => {
    const ends: [Stage, string, string | null][] = [
      ['waiting', 'cancelled', 'cancelled'],
      ['checking', 'cancelled', 'cancelled'],
      ['sleeping', 'cancelled', 'cancelled'],
      ['ready', 'closing', 'cancelled'],
      ['starting', 'starting', null],
      ['running', 'cancelling', null],
      ['closing', 'closing', 'succeeded'],
    ];
    it.each(ends)('of a target in %s leaves it %s', async (stage, status, outcome) => {
      const job = await bringTo(world, stage);
      await cancelDeployment(world.ports, { actor: 'tester', id: job.deploymentId });
      await cancelDeployment(world.ports, { actor: 'tester', id: job.deploymentId });
      await world.settle();
      expect(await world.only(job.deploymentId)).toMatchObject({ status, outcome });
    });

    it('touches no computer that no dispatcher has had', async () => {
      await changeSettings(world.ports, { actor: 'tester', settings: { deploymentThreads: 1 } });
      const { id } = await world.deploy(world.addAssets(6));
      await world.settle();
      for (let job = world.take('requirements-checker'); job; job = world.take('requirements-checker'))
        await report(world, job, 'passed');
      await world.settle();
      await cancelDeployment(world.ports, { actor: 'tester', id });
      await world.settle();
      expect((await world.ledger.deployment(id))?.counts).toEqual({ closing: 2, cancelled: 4 });
    });

    it('that comes while an attempt starts is applied as soon as it runs', async () => {
      const job = await bringTo(world, 'starting');
      await cancelDeployment(world.ports, { actor: 'tester', id: job.deploymentId });
      await report(world, job, 'started');
      const { id, generation, attempt } = await world.only(job.deploymentId);
      expect(await statusOf(id)).toBe('cancelling');
      expect(await assignTarget(world.ports, { targetId: id })).toMatchObject({ cancelRequested: true });
      await report(world, { targetId: id, attempt, generation }, 'stopped');
      await workUntilIdle(world);
      expect(await world.ledger.deployment(job.deploymentId)).toMatchObject({
        state: 'finished',
        counts: { cancelled: 1 },
      });
    });

    it('of a deployment that does not exist is not found', async () => {
      const id = randomUUID();
      await expect(cancelDeployment(world.ports, { actor: 'tester', id })).rejects.toMatchObject({
        kind: 'notFound',
      });
    });
  });

  describe('an offline computer', () => {
    it('is not tried again when the operator says so', async () => {
      const deployment = await world.deploy(world.addAssets(1), {
        options: { offline: { retryForSeconds: 0 } },
      });
      await world.settle();
      const cause = { kind: 'unreachable', message: 'nobody answers\u0000' };
      await report(world, taken(world, 'requirements-checker'), 'offline', { cause });
      expect(await world.only(deployment.id)).toMatchObject({
        status: 'offline',
        cause: { message: 'nobody answers\ufffd' },
      });
    });

    it('is probed ever more rarely, until its period is over', async () => {
      const deployment = await world.deploy(world.addAssets(1));
      await world.settle();
      const pauses: number[] = [];
      for (let job = world.take('requirements-checker'); job; job = world.take('requirements-checker')) {
        await report(world, job, 'offline');
        const { dueAt } = await world.only(deployment.id);
        const pauseMs = Date.parse(dueAt ?? '') - world.ports.now().getTime();
        pauses.push(pauseMs / 1000);
        world.advance(pauseMs - 1);
        await world.settle();
        expect(world.take('requirements-checker')).toBeUndefined();
        world.advance(1);
        await world.settle();
      }
      expect(pauses.slice(0, 6)).toEqual([30, 60, 120, 240, 300, 300]);
      expect(pauses.reduce((sum, pause) => sum + pause)).toBe(3600);
      expect(await world.only(deployment.id)).toMatchObject({ status: 'offline', outcome: 'offline' });
    });
  });

  describe('deadlines', () => {
    it('end a target whose computer never answers again as lost, and attach a result that comes later', async () => {
      const job = await bringTo(world, 'running');
      world.advance(15 * minuteMs + 5 * minuteMs - 1);
      await world.settle();
      expect(await statusOf(job.targetId)).toBe('running');
      world.advance(1);
      await world.settle();
      expect(await statusOf(job.targetId)).toBe('lost');
      const late = () => report(world, job, 'stoppedSuccess', { lastExitCode: 0 });
      await late();
      await late();
      const detail = await world.ledger.targetDetail(job.targetId);
      expect(detail?.status).toBe('lost');
      expect(detail?.history.filter((line) => line.fact === 'stoppedSuccess')).toMatchObject([
        { from: 'lost', to: 'lost' },
      ]);
    });

    it('end the clean-up of a computer that is gone with the outcome that is known', async () => {
      const job = await bringTo(world, 'closing');
      world.advance(15 * minuteMs);
      await world.settle();
      expect(await statusOf(job.targetId)).toBe('succeeded');
    });
  });

  describe('two deployments to one computer', () => {
    it('follow each other, and the second says what it waits for', async () => {
      const assets = world.addAssets(1);
      const running = await bringTo(world, 'running', assets);
      const second = await world.deploy(assets);
      const third = await world.deploy(assets);
      await world.settle();
      expect(await world.only(second.id)).toMatchObject({ status: 'waiting', cause: { kind: 'assetBusy' } });
      await report(world, running, 'stoppedSuccess');
      await world.settle();
      expect(await world.only(second.id)).toMatchObject({ status: 'waiting' });
      const { generation, attempt } = await world.only(running.deploymentId);
      world.jobs.clear();
      await report(world, { ...running, generation, attempt }, 'nothingLeft');
      await world.settle();
      expect(await world.only(second.id)).toMatchObject({ status: 'checking', cause: null });
      expect(await world.only(third.id)).toMatchObject({ status: 'waiting' });
      await workUntilIdle(world);
      expect(await world.only(third.id)).toMatchObject({ status: 'succeeded' });
    });

    it('do not hold each other up while the computer is offline', async () => {
      const assets = world.addAssets(1);
      const first = await world.deploy(assets);
      const second = await world.deploy(assets);
      await world.settle();
      await report(world, taken(world, 'requirements-checker'), 'offline');
      await world.settle();
      expect(await world.only(first.id)).toMatchObject({ status: 'sleeping' });
      expect(await world.only(second.id)).toMatchObject({ status: 'checking' });
    });
  });

  describe('turns', () => {
    it('go round robin between deployments, no more than about twice the threads at a time', async () => {
      await changeSettings(world.ports, { actor: 'tester', settings: { deploymentThreads: 25 } });
      expect(world.threads).toBe(25);
      const large = await world.deploy(world.addAssets(200));
      const small = await world.deploy(world.addAssets(5));
      await world.settle();
      const jobs = [...world.jobs.values()].map(({ job }) => job.deploymentId);
      expect(jobs).toHaveLength(50);
      expect(jobs.filter((id) => id === small.id)).toHaveLength(5);
      expect(jobs.filter((id) => id === large.id)).toHaveLength(45);
    });
  });

  describe('reconciliation', () => {
    it('gives every owner its job again when the queues have lost everything', async () => {
      for (const stage of ['checking', 'ready', 'starting', 'running', 'closing', 'waiting'] as const) {
        const assets = world.addAssets(1);
        await bringTo(world, stage, assets);
      }
      await world.settle();
      world.jobs.clear();
      expect(await reconcileJobs(world.ports)).toBe(0);
      world.advance(3_000);
      expect(await reconcileJobs(world.ports)).toBe(6);
      expect(await reconcileJobs(world.ports)).toBe(0);
      const owners = [...world.jobs.values()].map((entry) => entry.owner).sort();
      expect(owners).toEqual([
        'dispatcher',
        'dispatcher',
        'requirements-checker',
        'requirements-checker',
        'result-collector',
        'result-collector',
      ]);
    });

    it('leaves a start to the dispatcher that holds the job of the grant', async () => {
      const job = await bringTo(world, 'starting');
      await world.ports.jobs.add('dispatcher', { ...job, generation: job.generation - 1 }, null);
      world.advance(minuteMs);
      expect(await reconcileJobs(world.ports)).toBe(0);
    });
  });

  it('leads a whole fleet to the end, each exactly once', async () => {
    const deployment = await world.deploy(world.addAssets(fleet));
    await workUntilIdle(world);
    expect(await world.ledger.deployment(deployment.id)).toMatchObject({
      state: 'finished',
      counts: { succeeded: fleet },
    });
    const final = world.events.filter(
      ({ payload }) =>
        payload !== null &&
        typeof payload === 'object' &&
        'status' in payload &&
        isFinal(payload.status as never),
    );
    expect(final).toHaveLength(fleet);
  }, 120_000);
}
