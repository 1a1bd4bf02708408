import { startServers, throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { Outbox } from '@drover/platform';
import { noted, startSample, type RunningSample } from './sample-service';
import { until } from './until';

jest.setTimeout(60_000);

let servers: ThrowAwayServers;
let service: RunningSample;

beforeAll(async () => {
  servers = await throwAwayServers();
  service = await startSample(servers);
});
afterAll(async () => {
  await service?.close();
  await servers?.close();
});

const row = (text: string, key = 'one') => ({
  key,
  kind: 'event' as const,
  name: noted.subject,
  suffix: key,
  id: `id-${text}`,
  payload: { text },
});
const waiting = async (): Promise<number> => (await service.source.query('SELECT 1 FROM outbox')).length;
const follow = async (): Promise<{ heard: string[]; stop: () => Promise<void> }> => {
  const heard: string[] = [];
  const stop = await service.bus.subscribe(noted, {}, (payload) => heard.push(payload.text));
  return { heard, stop };
};

describe('the outbox', () => {
  it('publishes what was committed, in the order of each key, and forgets it', async () => {
    const { heard, stop } = await follow();
    const texts = Array.from({ length: 60 }, (_, n) => `ordered ${n}`);
    for (const text of texts) {
      await service.source.transaction((manager) => service.outbox.add(manager, row(text)));
    }
    await until('all heard', () => heard.length >= texts.length);
    expect(heard).toEqual(texts);
    await until('nothing waits', async () => (await waiting()) === 0);
    await stop();
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const { heard, stop } = await follow();
    const rolledBack = service.source.transaction(async (manager) => {
      await service.outbox.add(manager, row('rolled back'));
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await service.source.transaction((manager) => service.outbox.add(manager, row('committed')));
    await until('the committed one', () => heard.includes('committed'));
    expect(heard).toEqual(['committed']);
    await stop();
  });

  it('adds jobs as well as events', async () => {
    await service.source.transaction((manager) =>
      new Outbox().add(manager, {
        key: 'chore',
        kind: 'job',
        name: 'sample-chores',
        id: 'from-the-outbox',
        payload: { text: 'from the outbox' },
      }),
    );
    await until('done', () => service.sample.done.includes('from the outbox'));
  });

  it('is emptied by the next start after a crash, and repeats nothing', async () => {
    await service.close();
    const offline = await startSample(servers);
    const { source } = offline;
    await offline.bus.publish(noted, { text: 'twice?' }, { suffix: 'one', messageId: 'id-twice?' });
    await offline.close();
    // A crash between publishing and deleting leaves exactly this: the row is there, and so is the message.
    await source.initialize();
    await source.transaction((manager) => new Outbox().add(manager, row('twice?')));
    await source.transaction((manager) => new Outbox().add(manager, row('after the crash')));
    await source.destroy();

    service = await startSample(servers);
    await until('nothing waits', async () => (await waiting()) === 0);
    await until('stored', async () => {
      const rows: { text: string }[] = await service.source.query('SELECT text FROM notes');
      return rows.some(({ text }) => text === 'after the crash');
    });
    const twice: unknown[] = await service.source.query(`SELECT 1 FROM notes WHERE text = 'twice?'`);
    expect(twice).toHaveLength(1);
  });

  it('waits while NATS is away, and goes on in order', async () => {
    await servers.processes.nats?.kill();
    for (const n of [1, 2, 3]) {
      await service.source.transaction((manager) => service.outbox.add(manager, row(`away ${n}`)));
    }
    const again = await startServers({ stateFolder: servers.folder, durable: false, only: ['nats'] });
    try {
      await until(
        'stored',
        async () => {
          const rows: unknown[] = await service.source.query(`SELECT 1 FROM notes WHERE text LIKE 'away %'`);
          return rows.length === 3;
        },
        40_000,
      );
      expect(again.natsUrl).toBe(servers.natsUrl);
      const rows: { text: string }[] = await service.source.query(
        `SELECT text FROM notes WHERE text LIKE 'away %' ORDER BY id`,
      );
      expect(new Set(rows.map(({ text }) => text))).toEqual(new Set(['away 1', 'away 2', 'away 3']));
    } finally {
      await service.close();
      await again.stop();
    }
  });
});
