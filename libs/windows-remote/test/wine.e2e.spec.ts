import { randomBytes } from 'node:crypto';
import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import { eventually } from './eventually';
import type { Peer } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

/** The first start makes a Wine prefix. */
jest.setTimeout(180_000);

/** SCHED_S_TASK_TERMINATED: the last run was ended by somebody. */
const terminated = 0x0004_1306;

describePeer('tasks that run real programs under Wine', () => {
  let peer: Peer;
  let host: Host;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.12.1.30'], runner: 'wine', registry: 'wine' });
    const { address, name } = peer.hosts[0]!;
    host = await WindowsHost.connect(
      { address, name },
      new WindowsCredential({ username: peer.username, password: peer.password }),
    );
  });
  afterAll(async () => {
    await host?.close();
    await peer?.stop();
  });

  const ended = (path: string) =>
    eventually(async () => {
      const status = await host.tasks.state(path);
      return status?.state === 'ready' ? status : undefined;
    }, 60_000);

  it('reads an exit code that 8 bits would not hold', async () => {
    await host.tasks.register('\\Drover\\exit', taskXml('cmd.exe', '/c exit $(Arg1)'));
    await host.tasks.run('\\Drover\\exit', ['-', '3010']);
    expect(await ended('\\Drover\\exit')).toEqual({ state: 'ready', lastResult: 3010, hasRun: true });
  });

  it('stops a running program', async () => {
    await host.tasks.register('\\Drover\\long', taskXml('ping.exe', '-n 600 127.0.0.1'));
    await host.tasks.run('\\Drover\\long', []);
    expect(await host.tasks.state('\\Drover\\long')).toMatchObject({ state: 'running', hasRun: true });
    expect(await host.tasks.stop('\\Drover\\long')).toBe(true);
    expect(await ended('\\Drover\\long')).toMatchObject({ lastResult: terminated });
  });

  it('shares the registry with the program, both ways', async () => {
    const { key } = await host.registry.createKey('SOFTWARE\\Drover\\shared');
    const data = randomBytes(65_536);
    await key.setValue('Plan', { type: 'binary', data });
    expect(((await key.getValue('Plan')) as { data: Buffer }).data.equals(data)).toBe(true);
    const again = await host.registry.createKey('SOFTWARE\\Drover\\shared');
    expect(again.disposition).toBe('opened');
    const command = '/c reg add HKLM\\SOFTWARE\\Drover\\shared /v answer /d yes /f /reg:64';
    await host.tasks.register('\\Drover\\reg', taskXml('cmd.exe', command));
    await host.tasks.run('\\Drover\\reg', []);
    expect(await ended('\\Drover\\reg')).toMatchObject({ lastResult: 0 });
    expect(await key.getValue('answer')).toEqual({ type: 'sz', text: 'yes' });
    expect((await key.values()).map(({ name }) => name).sort()).toEqual(['Plan', 'answer']);
    expect(await host.registry.deleteTree('SOFTWARE\\Drover')).toBe(true);
  });
});
