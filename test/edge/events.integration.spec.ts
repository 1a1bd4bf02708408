import { startEdge, type Edge } from './edge';
import { EventReader } from './event-reader';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
  await edge.ask('POST', '/assets', { name: 'PC-1' });
  await edge.ask('POST', '/assets', { name: 'PC-2' });
}, 60_000);
afterAll(() => edge.close());

const packageId = '018f0000-0000-7000-8000-00000000000b';

async function deploy(): Promise<{ id: string; first: ReturnType<Edge['ledger']['of']>[number] }> {
  const { body } = await edge.ask('POST', '/deployments', { packageId, all: true });
  const first = edge.ledger.of(body.id)[0];
  if (!first) throw new Error('no targets');
  return { id: body.id, first };
}

const follow = (id: string, lastEventId?: string): Promise<EventReader> =>
  EventReader.open(`${edge.url}/api/v1/deployments/${id}/events`, edge.token ?? '', lastEventId);

describe('following a deployment', () => {
  it('shows a snapshot, then what happens in order, and ends with what the ledger says', async () => {
    const { id, first } = await deploy();
    const reader = await follow(id);
    expect(await reader.next()).toMatchObject({
      name: 'snapshot',
      data: { isComplete: true, targets: [{}, {}] },
    });
    await edge.ledger.move(first, 'running');
    await edge.ledger.step(first, 'Greet', 'hello\r\n', 0);
    for (const target of edge.ledger.of(id)) await edge.ledger.move(target, 'succeeded');
    await edge.ledger.finish(id);
    const rest = await reader.all();
    expect(rest.map(({ name }) => name)).toEqual([
      'target',
      'step',
      'step',
      'target',
      'target',
      'deployment',
      'snapshot',
      'finished',
    ]);
    expect(rest[2]?.data).toMatchObject({ stepName: 'Greet', exitCode: 0, output: 'hello\r\n' });
    expect(rest[6]?.data).toMatchObject({ deployment: { state: 'finished', counts: { succeeded: 2 } } });
    const ids = rest.flatMap((event) => (event.id === undefined ? [] : [Number(event.id)]));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(6);
  });

  it('resumes after the last event seen, and misses and repeats none', async () => {
    const { id, first } = await deploy();
    const reader = await follow(id);
    await reader.next();
    await edge.ledger.move(first, 'checking');
    const seen = await reader.next();
    reader.close();
    await edge.ledger.move(first, 'ready');
    await edge.ledger.move(first, 'starting');
    const again = await follow(id, seen?.id);
    expect((await again.next())?.name).toBe('snapshot');
    expect((await again.next())?.data).toMatchObject({ status: 'ready' });
    expect((await again.next())?.data).toMatchObject({ status: 'starting' });
    await edge.ledger.move(first, 'running');
    expect((await again.next())?.data).toMatchObject({ status: 'running' });
    again.close();
  });

  it('tells nothing of other deployments', async () => {
    const [one, other] = [await deploy(), await deploy()];
    const reader = await follow(one.id);
    await reader.next();
    await edge.ledger.move(other.first, 'checking');
    await edge.ledger.move(one.first, 'checking');
    expect((await reader.next())?.data).toMatchObject({ deploymentId: one.id });
    reader.close();
  });

  it('ends at once when the deployment has finished long ago', async () => {
    const { id } = await deploy();
    await edge.ledger.finish(id);
    const names = (await (await follow(id)).all()).map(({ name }) => name);
    expect(names).toEqual(['snapshot', 'snapshot', 'finished']);
  });

  it('refuses an event id that is none', async () => {
    const { id } = await deploy();
    await expect(follow(id, 'x')).rejects.toThrow('422');
  });
});
