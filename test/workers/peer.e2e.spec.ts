/**
 * The workers against `../shared/peer`: real Samba in front, tasks executed by Wine, so that the runner that is put there
 * is the executable that Windows would get. The peer's own log is the witness.
 */
import { startPeer, describePeer, type Peer, type PeerHost } from '../../libs/windows-remote/test/peer';
import { WorkerWorld } from './worker-world';

jest.setTimeout(180_000);

describePeer('a target on the peer, with the real runner', () => {
  let peer: Peer;

  beforeAll(async () => {
    peer = await startPeer({
      addresses: ['127.17.2.11', '127.17.2.12'],
      runner: 'wine',
      registry: 'wine',
      remoteRegistry: 'stopped',
    });
  });
  afterAll(() => peer.stop());

  const worldOn = (host: PeerHost | undefined): Promise<WorkerWorld> => {
    if (!host) throw new Error('no such host');
    const { username, password } = peer;
    return WorkerWorld.against({ name: host.name, address: host.address, port: 445, username, password });
  };
  const isFinal = (world: WorkerWorld) => () => world.ledger.status === world.ledger.outcome;
  const outputOf = (world: WorkerWorld): string =>
    world.ledger.entries
      .flatMap(({ record }) =>
        record.kind === 'output' || record.kind === 'outputTail' ? [record.data] : [],
      )
      .map((data) => Buffer.from(data, 'base64').toString('utf8'))
      .join('');

  it('is checked, dispatched, collected and closed, and leaves nothing behind', async () => {
    const world = await worldOn(peer.hosts[0]);
    world.deploy({ command: 'echo hello from the runner\nexit 3010', successCodes: [0, 3010] });
    await world.workUntil(isFinal(world), 90_000);
    expect(world.ledger.facts.map((f) => f.fact)).toEqual([
      'passed',
      'started',
      'stoppedSuccess',
      'nothingLeft',
    ]);
    expect(world.ledger.facts[0]?.verdicts?.find((v) => v.requirement === 'REQ-9')?.result).toBe('fixed');
    expect(outputOf(world)).toContain('hello from the runner');
    expect(await world.leftovers()).toEqual([]);
    const events = (await peer.hosts[0]?.events()) ?? [];
    expect(events.filter((e) => e.event === 'tsch.run')).toHaveLength(1);
    expect(events.filter((e) => e.event === 'tsch.delete')).toHaveLength(1);
  });

  it('is stopped when it is cancelled while it runs', async () => {
    const world = await worldOn(peer.hosts[1]);
    world.deploy({ command: 'ping -n 60 127.0.0.1' });
    const hasBegun = () => world.ledger.entries.some((e) => e.record.kind === 'stepStarted');
    await world.workUntil((l) => l.status === 'running' && hasBegun(), 60_000);
    world.ledger.fold('cancelRequested');
    await world.workUntil(isFinal(world), 60_000);
    expect(world.ledger.outcome).toBe('cancelled');
    expect(await world.leftovers()).toEqual([]);
  });
});
