/** The scheduler as it runs: Nest, Postgres, NATS and Redis are real; its neighbours are fakes on the same bus. */
import {
  createDeployment,
  cancelDeployment,
  getDeployment,
  getTarget,
  listTargets,
  type Deployment,
} from '@drover/contracts';
import { Bus, loadConfiguration, startService, type RunningService } from '@drover/platform';
import { throwAwayServers, waitFor, type ThrowAwayServers } from '@drover/testing';
import { Redis } from 'ioredis';
import { FakeNeighboursModule, addAssets, begun, gate, packageId } from '../test/fake-neighbours';
import { SchedulerModule } from './module';

jest.setTimeout(300_000);

let servers: ThrowAwayServers;
let scheduler: RunningService;
let neighbours: RunningService;
let bus: Bus;

const startScheduler = (): Promise<RunningService> =>
  startService(SchedulerModule, {
    name: 'scheduler',
    configuration: loadConfiguration(servers.environment),
    signals: false,
  });

beforeAll(async () => {
  servers = await throwAwayServers();
  const configuration = loadConfiguration(servers.environment);
  scheduler = await startScheduler();
  neighbours = await startService(FakeNeighboursModule, {
    name: 'neighbours',
    configuration,
    signals: false,
  });
  bus = neighbours.app.get(Bus, { strict: false });
});
afterAll(async () => {
  await neighbours?.close();
  await scheduler?.close();
  await servers?.close();
});
beforeEach(() => {
  gate.isOpen = true;
  begun.clear();
});

const deploy = (count: number): Promise<Deployment> =>
  bus.ask(createDeployment, {
    actor: 'tester',
    packageId,
    assetIds: addAssets(count).map((asset) => asset.id),
  });

const until = async (
  id: string,
  holds: (deployment: Deployment) => boolean,
  deadlineMs: number,
): Promise<Deployment> => {
  const reached = await waitFor(async () => {
    const deployment = await bus.ask(getDeployment, { id });
    return holds(deployment) ? deployment : undefined;
  }, deadlineMs);
  return reached ?? bus.ask(getDeployment, { id });
};
const isFinished = (deployment: Deployment): boolean => deployment.state === 'finished';
const begunOnce = (count: number): void => {
  expect(begun.size).toBe(count);
  expect([...begun.values()].filter((times) => times !== 1)).toEqual([]);
};

it('leads five hundred targets to the end, each begun once, with every step stored', async () => {
  const { id } = await deploy(500);
  expect((await until(id, isFinished, 240_000)).counts).toEqual({ succeeded: 500 });
  begunOnce(500);
  const { targets } = await bus.ask(listTargets, { deploymentId: id, limit: 1 });
  const shown = async () => {
    const detail = await bus.ask(getTarget, { id: targets[0]!.id });
    return detail.steps[0]?.state === 'succeeded' ? detail : undefined;
  };
  expect((await waitFor(shown, 10_000))?.steps).toMatchObject([
    { stepName: 'Hello', output: 'hello', exitCode: 0 },
  ]);
});

it('loses only time when Redis is emptied in the middle', async () => {
  gate.isOpen = false;
  const { id } = await deploy(60);
  await until(id, ({ counts }) => (counts['running'] ?? 0) > 20, 30_000);
  const redis = new Redis(servers.redisUrl);
  await redis.flushall();
  redis.disconnect();
  gate.isOpen = true;
  expect((await until(id, isFinished, 60_000)).counts).toEqual({ succeeded: 60 });
  begunOnce(60);
});

it('loses only time when NATS is emptied in the middle', async () => {
  gate.isOpen = false;
  const { id } = await deploy(60);
  await until(id, ({ counts }) => (counts['running'] ?? 0) > 20, 30_000);
  const manager = await bus.manager();
  for (const stream of ['FACTS', 'PROGRESS', 'EVENTS']) await manager.streams.delete(stream);
  gate.isOpen = true;
  expect((await until(id, isFinished, 90_000)).counts).toEqual({ succeeded: 60 });
  begunOnce(60);
});

it('goes on where it was after the scheduler was away', async () => {
  gate.isOpen = false;
  const { id } = await deploy(30);
  await until(id, ({ counts }) => (counts['running'] ?? 0) > 5, 30_000);
  await scheduler.close();
  gate.isOpen = true;
  scheduler = await startScheduler();
  expect((await until(id, isFinished, 60_000)).counts).toEqual({ succeeded: 30 });
  begunOnce(30);
});

it('cancels what waits at once and stops what runs', async () => {
  gate.isOpen = false;
  const { id } = await deploy(200);
  await until(id, ({ counts }) => (counts['running'] ?? 0) > 5, 30_000);
  await bus.ask(cancelDeployment, { actor: 'tester', id });
  const finished = await until(id, isFinished, 60_000);
  expect(finished.counts).toEqual({ cancelled: 200 });
  expect(Math.max(0, ...begun.values())).toBeLessThanOrEqual(1);
});
