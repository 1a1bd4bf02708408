import type { RegistryKey } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

/** ../shared/PROTOCOL.md "The shortest dispatch", and the aim with the runner on the computer. */
const flightsAim = 12;

describePeer('the shortest dispatch, against the peer', () => {
  let peer: Peer;
  let computer: PeerHost;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.12.1.20'] });
    computer = peer.hosts[0]!;
  });
  afterAll(() => peer.stop());

  it('puts runner, task, key, plan and run into at most 12 round trips when the runner is there', async () => {
    await dispatch(peer, computer, 'first');
    const { flights, bytesSent, disposition, instance } = await dispatch(peer, computer, 'second');
    process.stdout.write(`dispatch with the runner there: ${flights} flights, ${bytesSent} bytes sent\n`);
    expect(flights).toBeLessThanOrEqual(flightsAim);
    expect(disposition).toBe('created');
    const events = await computer.events();
    const runs = events.filter(({ event, instance: which }) => event === 'tsch.run' && which === instance);
    expect(runs).toMatchObject([{ path: '\\Drover\\second', args: [expect.anything(), 'begin'] }]);
  });

  it('sees on the computer that an attempt has been dispatched before', async () => {
    await dispatch(peer, computer, 'again');
    await expect(dispatch(peer, computer, 'again')).rejects.toMatchObject({
      kind: 'refused',
      reason: 'alreadyExists',
    });
  });
});

const runnerBytes = 65_536;

/** What a dispatcher does, with its order: task (inert) beside key, plan, grant, run. */
async function dispatch(peer: Peer, computer: PeerHost, attempt: string) {
  const credential = new WindowsCredential({ username: peer.username, password: peer.password });
  const host = await WindowsHost.connect({ address: computer.address, name: computer.name }, credential);
  try {
    const [, key] = await Promise.all([pushRunner(), prepareKey(), registerTask()]);
    await key.key.setValue('Plan', { type: 'binary', data: Buffer.alloc(2_048, 7) });
    const instance = await host.tasks.run(`\\Drover\\${attempt}`, ['begin', 'begin']);
    return { ...host.traffic, disposition: key.disposition, instance };
  } finally {
    await host.close();
  }

  async function pushRunner(): Promise<void> {
    const path = 'Windows\\Drover\\runner.exe';
    const found = await host.files.stat(path);
    if (found?.sizeBytes === runnerBytes) return;
    await host.files.makeDirectory('Windows');
    await host.files.makeDirectory('Windows\\Drover');
    await host.files.write(path, Buffer.alloc(runnerBytes, 0x4d));
  }
  async function prepareKey(): Promise<{ key: RegistryKey; disposition: string }> {
    await host.registry.open();
    return host.registry.createKey(`SOFTWARE\\Drover\\${attempt}`);
  }
  async function registerTask(): Promise<void> {
    await host.tasks.open();
    await host.tasks.register(`\\Drover\\${attempt}`, taskXml('C:\\Windows\\Drover\\runner.exe', '$(Arg1)'));
  }
}
