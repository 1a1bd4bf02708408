import { WindowsCredential, WindowsHost, type RemoteError } from '@drover/windows-remote';
import { defaultPassword, startSimulatedFleet, type SimulatedFleet } from './fleet';
import type { SimulatedHost } from './simulated-host';

let fleet: SimulatedFleet;
afterEach(() => fleet.close());

const credential = new WindowsCredential({ username: 'Administrator', password: defaultPassword });
const connect = (host: SimulatedHost) =>
  WindowsHost.connect(host, credential, { connectTimeoutMs: 500, deadlineMs: 1000 });
const failure = (work: Promise<unknown>): Promise<RemoteError> =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: RemoteError) => error,
  );
const hostAt = (index: number): SimulatedHost => fleet.hosts[index] as SimulatedHost;

describe('many simulated computers on one listener', () => {
  beforeEach(async () => {
    fleet = await startSimulatedFleet({ count: 450, subnet: '127.13.30', wideListener: true });
  });

  it('are told apart by the address that was called', async () => {
    for (const index of [0, 199, 200, 449]) {
      const host = hostAt(index);
      const remote = await connect(host);
      expect(remote.info.computerName).toBe(host.name);
      await remote.close();
    }
    expect(new Set(fleet.hosts.map(({ address }) => address)).size).toBe(450);
    expect(hostAt(200).address).toBe('127.13.31.11');
  });

  it('fail one by one: offline resets, filtered stays silent', async () => {
    await hostAt(0).faults.set({ reachability: 'offline' });
    await hostAt(1).faults.set({ reachability: 'filtered' });
    expect(await failure(connect(hostAt(0)))).toMatchObject({ kind: 'unreachable' });
    expect(await failure(connect(hostAt(1)))).toMatchObject({ kind: 'unreachable' });
    await (await connect(hostAt(2))).close();
    await hostAt(0).faults.clear();
    await (await connect(hostAt(0))).close();
  });
});

describe('a simulated computer', () => {
  it('that accepts connections and says nothing lets the client run into its deadline', async () => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7' });
    await hostAt(0).faults.set({ reachability: 'silent' });
    expect(await failure(connect(hostAt(0)))).toMatchObject({ kind: 'unreachable' });
  });

  it('that is slow answers late but rightly', async () => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7' });
    await hostAt(0).faults.set({ replyDelayMs: 60 });
    const began = Date.now();
    const remote = await connect(hostAt(0));
    expect(Date.now() - began).toBeGreaterThanOrEqual(170);
    await remote.close();
  });

  it('refuses registry, services and tasks to an account without administrative right', async () => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7' });
    await hostAt(0).faults.set({ noAdministrativeRight: true });
    const remote = await connect(hostAt(0));
    const denied = { kind: 'denied', reason: 'accessDenied' };
    expect(await failure(remote.registry.createKey('SOFTWARE\\x'))).toMatchObject(denied);
    expect(await failure(remote.services.query('Schedule'))).toMatchObject(denied);
    expect(await failure(remote.tasks.delete('\\x'))).toMatchObject(denied);
    await remote.close();
  });

  it('with a filtered token refuses C$ only', async () => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7' });
    await hostAt(0).faults.set({ filteredToken: true });
    const remote = await connect(hostAt(0));
    expect(await failure(remote.files.connect())).toMatchObject({ kind: 'denied', reason: 'accessDenied' });
    expect(await remote.services.query('Schedule')).toMatchObject({ state: 'running' });
    await remote.close();
  });

  it('with a full disk refuses the file and keeps what was there', async () => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7', defaults: { diskLimitBytes: 10_000 } });
    const remote = await connect(hostAt(0));
    expect(await failure(remote.files.write('Windows\\big', Buffer.alloc(20_000)))).toMatchObject({
      kind: 'refused',
      reason: 'diskFull',
    });
    await remote.files.write('Windows\\small', Buffer.alloc(100));
    expect(await remote.files.freeSpaceBytes()).toBeLessThan(10_000n);
    await remote.close();
  });

  it.each([
    ['AES-128-GCM and GMAC', { encryption: 'required' as const }],
    ['AES-256-CCM', { encryption: 'required' as const, ciphers: [3] }],
    ['AES-256-GCM', { encryption: 'required' as const, ciphers: [4] }],
    ['AES-128-CCM', { encryption: 'required' as const, ciphers: [1] }],
    ['signing with CMAC', { encryption: 'off' as const, signingAlgorithms: [1] }],
    ['signing with GMAC', { encryption: 'off' as const, signingAlgorithms: [2] }],
  ])('speaks %s', async (_, defaults) => {
    fleet = await startSimulatedFleet({ count: 1, subnet: '127.13.7', defaults });
    const remote = await WindowsHost.connect(hostAt(0), credential, { deadlineMs: 10_000 });
    const content = Buffer.alloc(300_000, 'x');
    await remote.files.write('Windows\\a', content);
    // Compared as a whole: an element by element comparison of this size takes a second.
    expect((await remote.files.read('Windows\\a')).equals(content)).toBe(true);
    const { key } = await remote.registry.createKey('SOFTWARE\\Drover\\a');
    await key.setValue('plan', { type: 'binary', data: content.subarray(0, 70_000) });
    const value = await key.getValue('plan');
    expect(value?.type === 'binary' && value.data.equals(content.subarray(0, 70_000))).toBe(true);
    await remote.close();
  });
});
