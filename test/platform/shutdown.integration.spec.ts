import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { Jobs } from '@drover/platform';
import { chores, noted, startSample } from './sample-service';

jest.setTimeout(120_000);

const times = 20;
/** Far below the deadline of ten seconds: a step that hung would show. */
const closesWithinMs = 5_000;

let servers: ThrowAwayServers;
beforeAll(async () => {
  servers = await throwAwayServers();
});
afterAll(async () => {
  await servers?.close();
});

describe('a service with work in flight', () => {
  it(`closes ${times} times without a hang, whenever it is told to`, async () => {
    for (let n = 0; n < times; n += 1) {
      const service = await startSample(servers);
      service.sample.onJob = (job) =>
        new Promise((resolve) => job.signal.addEventListener('abort', () => resolve()));
      if (n % 4 > 0) {
        await service.get(Jobs).add(chores, { text: 'busy' }, { jobId: `busy-${n}` });
        await service.bus.publish(noted, { text: `note ${n}` }, { suffix: 'a', messageId: `note-${n}` });
      }
      for (let turns = 0; turns < (n % 5) * 20; turns += 1)
        await new Promise((resolve) => setImmediate(resolve));
      const startedAt = Date.now();
      await service.close();
      expect(Date.now() - startedAt).toBeLessThan(closesWithinMs);
    }
  });
});
