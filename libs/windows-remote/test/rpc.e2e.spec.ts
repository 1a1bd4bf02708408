import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectOptions, WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import { eventually } from './eventually';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

describePeer('RPC as computers may insist on it, by a party that is not ours', () => {
  let peer: Peer;
  let computer: PeerHost;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.31.1.10'] });
    computer = peer.hosts[0]!;
  });
  afterAll(() => peer?.stop());

  const connect = (rpc: ConnectOptions['rpc'], password = peer.password): Promise<Host> =>
    WindowsHost.connect(
      { address: computer.address, name: computer.name },
      new WindowsCredential({ username: peer.username, password }),
      rpc === undefined ? {} : { rpc },
    );

  it.each([
    ['pipe', 'ntlm'],
    ['pipe', 'spnego'],
    ['tcp', 'ntlm'],
    ['tcp', 'spnego'],
  ] as const)('runs a task over %s with %s and privacy', async (transport, authentication) => {
    const host = await connect({ transport, authentication });
    const path = `\\Rpc\\${transport}-${authentication}`;
    await host.tasks.register(path, taskXml('cmd.exe', '/c $(Arg1)'));
    await host.tasks.run(path, ['first', 'exit 0']);
    const ended = await eventually(async () => {
      const status = await host.tasks.state(path);
      return status?.state === 'ready' ? status : undefined;
    });
    expect(ended).toMatchObject({ hasRun: true, lastResult: 0 });
    await host.close();
  });

  it.each(['ntlm', 'spnego'] as const)(
    'signs without sealing where that is asked for (%s)',
    async (authentication) => {
      const host = await connect({ level: 'integrity', authentication });
      expect(await host.services.query('Schedule')).toMatchObject({ state: 'running' });
      const { key } = await host.registry.createKey('SOFTWARE\\Drover\\integrity');
      const data = Buffer.alloc(20_000, 7);
      await key.setValue('Large', { type: 'binary', data });
      expect(await key.getValue('Large')).toEqual({ type: 'binary', data });
      await host.close();
    },
  );

  it('does not give a password away where calls are only signed', async () => {
    const host = await connect({ level: 'integrity' });
    const account = new WindowsCredential({ username: 'deployer', password: 'Secret-Of-The-Task' });
    await expect(
      host.tasks.register('\\Rpc\\leak', taskXml('cmd.exe', ''), { account }),
    ).rejects.toMatchObject({ kind: 'protocol', reason: 'downgrade' });
    const registered = (await computer.events()).filter(({ path }) => path === '\\Rpc\\leak');
    expect(registered).toEqual([]);
    await host.close();
  });

  it('finds the Task Scheduler on TCP when its pipe is closed', async () => {
    const pipe = join(computer.driveFolder, '../nc/np/atsvc');
    await rename(pipe, `${pipe}.closed`);
    try {
      const onlyPipe = await connect({ transport: 'pipe' });
      await expect(onlyPipe.tasks.open()).rejects.toMatchObject({ kind: 'refused', reason: 'notFound' });
      await onlyPipe.close();
      const host = await connect(undefined);
      await host.tasks.register('\\Rpc\\either', taskXml('cmd.exe', ''));
      expect(await host.tasks.list('\\Rpc')).toContain('either');
      await host.close();
    } finally {
      await rename(`${pipe}.closed`, pipe);
    }
  });

  it('is refused by a Task Scheduler that wants privacy', async () => {
    const host = await connect({ level: 'integrity' });
    await expect(host.tasks.state('\\Nobody')).rejects.toMatchObject({
      kind: 'denied',
      reason: 'accessDenied',
    });
    await host.close();
  });
});
