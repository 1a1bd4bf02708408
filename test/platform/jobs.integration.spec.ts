import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { Jobs } from '@drover/platform';
import { Redis } from 'ioredis';
import { chores, startSample, type RunningSample } from './sample-service';
import { until } from './until';

jest.setTimeout(60_000);

let servers: ThrowAwayServers;
let service: RunningSample;
let jobs: Jobs;

beforeAll(async () => {
  servers = await throwAwayServers();
  service = await startSample(servers);
  jobs = service.get(Jobs);
});
afterAll(async () => {
  await service?.close();
  await servers?.close();
});

describe('a job', () => {
  it('that is added twice runs once, and its id can be used again afterwards', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    service.sample.onJob = () => released;
    await jobs.add(chores, { text: 'once' }, { jobId: 'same' });
    await jobs.add(chores, { text: 'twice' }, { jobId: 'same' });
    expect(await jobs.exists(chores, 'same')).toBe(true);
    release();
    await until('it has left', async () => !(await jobs.exists(chores, 'same')));
    expect(service.sample.done).toEqual(['once']);
    await jobs.add(chores, { text: 'third' }, { jobId: 'same' });
    await until('third', () => service.sample.done.includes('third'));
  });

  it('that delays itself runs again later under the same id', async () => {
    let runs = 0;
    service.sample.onJob = async (job) => {
      runs += 1;
      if (runs < 3) job.delay(50);
    };
    await jobs.add(chores, { text: 'polled' }, { jobId: 'poll' });
    await until('done', () => service.sample.done.includes('polled'));
    expect(runs).toBe(3);
  });

  it('whose lock is lost aborts its signal', async () => {
    let signal: AbortSignal | undefined;
    service.sample.onJob = (job) => {
      signal ??= job.signal;
      return job.signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => job.signal.addEventListener('abort', () => resolve()));
    };
    await jobs.add(chores, { text: 'robbed' }, { jobId: 'robbed' });
    await until('it runs', () => signal !== undefined);
    const redis = new Redis(servers.redisUrl);
    await redis.flushall();
    redis.disconnect();
    await until('aborted', () => signal?.aborted === true);
  });

  it('that runs at a shutdown is aborted, put back, and run by the next start', async () => {
    let isRunning = false;
    service.sample.onJob = (job) =>
      new Promise((_, reject) => {
        isRunning = true;
        job.signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    await jobs.add(chores, { text: 'interrupted' }, { jobId: 'interrupted' });
    await until('it runs', () => isRunning);
    await service.close();
    service = await startSample(servers);
    jobs = service.get(Jobs);
    await until('done', () => service.sample.done.includes('interrupted'));
  });

  it('waits for the global concurrency of its queue, which survives an emptied Redis', async () => {
    await jobs.setGlobalConcurrency(chores, 1);
    const redis = new Redis(servers.redisUrl);
    await redis.flushall();
    await until(
      'the limit is back',
      async () => (await redis.hget('bull:sample-chores:meta', 'concurrency')) === '1',
    );
    redis.disconnect();
    let atOnce = 0;
    let most = 0;
    service.sample.onJob = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    };
    for (let n = 0; n < 10; n += 1)
      await jobs.add(chores, { text: `limited ${n}` }, { jobId: `limited-${n}` });
    await until(
      'all done',
      () => service.sample.done.filter((text) => text.startsWith('limited')).length === 10,
    );
    expect(most).toBe(1);
  });
});
