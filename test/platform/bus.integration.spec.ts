import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '@drover/contracts';
import { startServers, throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { Jobs } from '@drover/platform';
import { Redis } from 'ioredis';
import { chores, greet, noted, startSample, type RunningSample } from './sample-service';
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

const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('no problem');
};
const texts = () => service.sample.seen.map((message) => message.text);

describe('a question', () => {
  it('is answered by the service that declares it', async () => {
    expect(await service.bus.ask(greet, { name: 'Ada' })).toMatchObject({ greeting: 'Hello Ada' });
  });

  it('carries a Problem back with its kind and remedy', async () => {
    const problem = await problemOf(service.bus.ask(greet, { name: 'nobody' }));
    expect(problem.toBody()).toEqual({
      kind: 'notFound',
      title: 'Not found',
      detail: 'there is nobody',
      remedy: 'Name somebody.',
    });
  });

  it('that is not as declared is refused with the field at fault', async () => {
    const problem = await problemOf(service.bus.ask(greet, { name: '' }));
    expect(problem.kind).toBe('invalid');
    expect(problem.more.errors?.[0]?.path).toBe('name');
  });

  it('does not show an unexpected error of the answering service', async () => {
    const problem = await problemOf(service.bus.ask(greet, { name: 'crash' }));
    expect(problem.kind).toBe('internal');
    expect(JSON.stringify(problem.toBody())).not.toContain('hunter2');
  });

  it('that nobody answers is unavailable', async () => {
    const unheard = { ...greet, pattern: 'sample.unheard' };
    const problem = await problemOf(service.bus.ask(unheard, { name: 'Ada' }, { timeoutMs: 300 }));
    expect(problem.kind).toBe('unavailable');
  });
});

describe('a message', () => {
  it('is handled again when its handler fails, and has its effect once', async () => {
    service.sample.onMessage = async (payload, info) => {
      if (payload.text === 'again' && info.delivery === 1) throw new Error('not yet');
    };
    await service.bus.publish(noted, { text: 'again' }, { suffix: 'a', messageId: 'note-again' });
    await until('handled twice', () => texts().filter((text) => text === 'again').length === 2);
    await until(
      'stored',
      async () => (await service.source.query(`SELECT 1 FROM notes WHERE text = 'again'`)).length === 1,
    );
  });

  it('with the same id is stored once', async () => {
    await service.bus.publish(noted, { text: 'twin' }, { suffix: 'a', messageId: 'note-twin' });
    await service.bus.publish(noted, { text: 'twin' }, { suffix: 'a', messageId: 'note-twin' });
    await service.bus.publish(noted, { text: 'after twin' }, { suffix: 'a', messageId: 'note-after-twin' });
    await until('the next one', () => texts().includes('after twin'));
    expect(texts().filter((text) => text === 'twin')).toHaveLength(1);
  });

  it('that never succeeds ends in DEAD with the reason', async () => {
    service.sample.onMessage = async (payload) => {
      if (payload.text === 'poison') throw new Error('never');
    };
    await service.bus.publish(noted, { text: 'poison' }, { suffix: 'a', messageId: 'note-poison' });
    const reason = await deathOf('poison');
    expect(reason).toBe('not handled in 2 deliveries');
  });

  it('that is not as declared ends in DEAD without reaching the handler', async () => {
    await service.bus.publishRaw('event.sample.noted.a', { text: 7, more: 'bad' }, { messageId: 'note-bad' });
    expect(await deathOf('bad')).toContain('text');
    expect(service.sample.seen.map((message) => message.text as unknown)).not.toContain(7);
  });

  async function deathOf(content: string): Promise<string | undefined> {
    const manager = await service.bus.manager();
    let reason: string | undefined;
    await until(`${content} is dead`, async () => {
      const { state } = await manager.streams.info('DEAD');
      for (let sequence = 1; sequence <= state.last_seq; sequence += 1) {
        const dead = await manager.streams.getMessage('DEAD', { seq: sequence });
        if (new TextDecoder().decode(dead.data).includes(content)) reason = dead.header.get('drover-reason');
      }
      return reason !== undefined;
    });
    return reason;
  }

  it('is followed in order from where a reader stopped', async () => {
    service.sample.onMessage = async () => undefined;
    const heard: { text: string; sequence: number }[] = [];
    const stop = await service.bus.subscribe(noted, { filter: 'live' }, (payload, info) => {
      heard.push({ text: payload.text, sequence: info.sequence });
    });
    for (const n of [1, 2, 3]) {
      await service.bus.publish(noted, { text: `live ${n}` }, { suffix: 'live', messageId: `live-${n}` });
    }
    await until('three heard', () => heard.length === 3);
    await stop();
    expect(heard.map((h) => h.text)).toEqual(['live 1', 'live 2', 'live 3']);

    const resumed: string[] = [];
    const startAfter = heard[0]?.sequence ?? 0;
    const stopAgain = await service.bus.subscribe(noted, { filter: 'live', startAfter }, (payload) => {
      resumed.push(payload.text);
    });
    await until('two heard', () => resumed.length === 2);
    await stopAgain();
    expect(resumed).toEqual(['live 2', 'live 3']);
  });
});

describe('when Redis has lost everything', () => {
  it('workers take what is added afterwards', async () => {
    await service.get(Jobs).add(chores, { text: 'before' }, { jobId: 'before' });
    await until('before', () => service.sample.done.includes('before'));
    const redis = new Redis(servers.redisUrl);
    await redis.flushall();
    redis.disconnect();
    await service.get(Jobs).add(chores, { text: 'after' }, { jobId: 'after' });
    await until('after', () => service.sample.done.includes('after'));
  });
});

describe('when NATS has lost everything', () => {
  it('publishers, consumers and followers go on', async () => {
    const heard: string[] = [];
    const stop = await service.bus.subscribe(noted, {}, (payload) => heard.push(payload.text));
    const manager = await service.bus.manager();
    for (const stream of ['FACTS', 'PROGRESS', 'EVENTS', 'DEAD']) await manager.streams.delete(stream);
    await service.bus.publish(noted, { text: 'after the loss' }, { suffix: 'a', messageId: 'note-loss' });
    await until('consumed', () => texts().includes('after the loss'));
    await until('followed', () => heard.includes('after the loss'));
    await stop();
  });

  it('they go on when it comes back with an empty disk', async () => {
    const heard: string[] = [];
    const stop = await service.bus.subscribe(noted, {}, (payload) => heard.push(payload.text));
    await servers.processes.nats?.kill();
    rmSync(join(servers.folder, 'nats', 'jetstream'), { recursive: true });
    const again = await startServers({ stateFolder: servers.folder, durable: false, only: ['nats'] });
    try {
      await service.bus.publish(noted, { text: 'empty disk' }, { suffix: 'a', messageId: 'note-empty' });
      await until('consumed', () => texts().includes('empty disk'));
      await until('followed', () => heard.includes('empty disk'));
      expect(await service.bus.ask(greet, { name: 'Ada' })).toMatchObject({ greeting: 'Hello Ada' });
    } finally {
      await stop();
      await service.close();
      await again.stop();
    }
  });
});
