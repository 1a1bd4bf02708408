import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { registryContract } from './registry-contract';
import { taskXml } from './task-xml';
import { eventually } from './eventually';

jest.setTimeout(60_000);

describePeer('a Windows-like computer, by parties that are not ours', () => {
  let peer: Peer;
  let computer: PeerHost;
  let host: Host;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.12.1.21'] });
    computer = peer.hosts[0]!;
    host = await connect();
  });
  afterAll(async () => {
    await host?.close();
    await peer?.stop();
  });

  const connect = (password = peer.password): Promise<Host> =>
    WindowsHost.connect(
      { address: computer.address, name: computer.name },
      new WindowsCredential({ username: peer.username, password }),
    );
  const seen = async (event: string) => (await computer.events()).filter((one) => one.event === event);

  it('speaks SMB 3.1.1 and knows the computer’s name and clock', () => {
    expect(host.info).toMatchObject({ dialect: 0x0311, computerName: computer.name });
    expect(Math.abs(host.info.serverTime.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it('says that the password is wrong, and nothing else about it', async () => {
    const failure = await connect('not the password').catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'denied', reason: 'wrongPassword', host: computer.name });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('not the password');
  });

  describe('Task Scheduler', () => {
    it('registers a task once, and tells a second time that it is there', async () => {
      const path = '\\Drover\\register';
      await expect(host.tasks.register(path, taskXml('cmd.exe', '/c exit 0'))).resolves.toEqual({
        warning: undefined,
      });
      await expect(host.tasks.register(path, taskXml('cmd.exe', '/c exit 1'))).rejects.toMatchObject({
        kind: 'refused',
        reason: 'alreadyExists',
        codeName: 'ERROR_ALREADY_EXISTS',
      });
      await host.tasks.register(path, taskXml('cmd.exe', '/c exit 2'), { mode: 'createOrUpdate' });
      expect(await host.tasks.xml(path)).toContain('exit 2');
      expect(await seen('tsch.register')).toMatchObject([
        { path, logon: 'none', principal: 'S-1-5-18', by: peer.username },
        { path, arguments: '/c exit 2' },
      ]);
    });

    it('runs a task with arguments and reads how it ended', async () => {
      const path = '\\Drover\\run';
      await host.tasks.register(path, taskXml('cmd.exe', '/c $(Arg1)'));
      expect(await host.tasks.state(path)).toEqual({ state: 'ready', lastResult: 0, hasRun: false });
      const instance = await host.tasks.run(path, ['first', 'exit 5']);
      expect(instance).toMatch(/^[0-9a-f-]{36}$/);
      const ended = await eventually(async () => {
        const status = await host.tasks.state(path);
        return status?.state === 'ready' ? status : undefined;
      });
      expect(ended).toEqual({ state: 'ready', lastResult: 0, hasRun: true });
      expect(await seen('tsch.run')).toMatchObject([{ path, instance, args: [expect.anything(), 'exit 5'] }]);
    });

    it('names where a definition is wrong', async () => {
      const wrong = taskXml('cmd.exe', '').replace('<Priority>5<', '<Priority>eleven<');
      await expect(host.tasks.register('\\Drover\\wrong', wrong)).rejects.toMatchObject({
        kind: 'refused',
        codeName: 'SCHED_E_INVALIDVALUE',
        message: expect.stringContaining('Priority') as string,
      });
    });

    it('lists more tasks than fit into one fragment', async () => {
      const names = Array.from({ length: 60 }, (_, index) => `task-with-a-rather-long-name-${index + 10}`);
      await Promise.all(names.map((name) => host.tasks.register(`\\Many\\${name}`, taskXml('cmd.exe', ''))));
      expect(await host.tasks.list('\\Many')).toEqual(names);
      expect(await host.tasks.list('\\Nothing')).toEqual([]);
    });

    it('creates a folder and finds it again', async () => {
      expect(await host.tasks.createFolder('\\Folder')).toBe('created');
      expect(await host.tasks.createFolder('\\Folder')).toBe('existed');
      expect(await host.tasks.delete('\\Folder')).toBe(true);
    });

    it('tells a task that is not there from one that cannot be read', async () => {
      const path = '\\Drover\\nobody';
      expect(await host.tasks.state(path)).toBeUndefined();
      expect(await host.tasks.xml(path)).toBeUndefined();
      expect(await host.tasks.stop(path)).toBe(false);
      expect(await host.tasks.delete(path)).toBe(false);
      await expect(host.tasks.run(path, [])).rejects.toMatchObject({ kind: 'refused', reason: 'notFound' });
    });

    it('deletes a task', async () => {
      const path = '\\Drover\\delete';
      await host.tasks.register(path, taskXml('cmd.exe', ''));
      expect(await host.tasks.stop(path)).toBe(false);
      expect(await host.tasks.delete(path)).toBe(true);
      expect(await host.tasks.state(path)).toBeUndefined();
      expect(await seen('tsch.delete')).toMatchObject([{ path }]);
    });
  });

  registryContract(() => host, connect);

  describe('services', () => {
    it('queries services, and misses one that is not there', async () => {
      expect(await host.services.query('Schedule')).toEqual({ state: 'running', startType: 'automatic' });
      expect(await host.services.query('Nobody')).toBeUndefined();
    });

    it('does not start a running service again', async () => {
      expect(await host.services.start('Schedule', 5_000)).toBe('alreadyRunning');
      await expect(host.services.start('Nobody', 0)).rejects.toMatchObject({ reason: 'notFound' });
    });
  });
});

describePeer('a computer whose Remote Registry is disabled', () => {
  let peer: Peer;
  let computer: PeerHost;

  beforeAll(async () => {
    peer = await startPeer({
      addresses: ['127.12.1.22'],
      remoteRegistry: 'disabled',
      encrypt: 'required',
      more: ['--no-tcp'],
    });
    computer = peer.hosts[0]!;
  });
  afterAll(() => peer?.stop());

  it('says so, and opens the registry once the service has been enabled and started', async () => {
    const host = await WindowsHost.connect(
      { address: computer.address, name: computer.name },
      new WindowsCredential({ username: peer.username, password: peer.password }),
      { encryption: 'required' },
    );
    expect(host.info.cipher).toBeDefined();
    await expect(host.registry.open()).rejects.toMatchObject({ kind: 'refused', reason: 'notFound' });
    await expect(host.services.start('RemoteRegistry', 10_000)).rejects.toMatchObject({
      kind: 'refused',
      reason: 'serviceDisabled',
      code: 1058,
    });
    await host.services.setStartType('RemoteRegistry', 'manual');
    expect(await host.services.start('RemoteRegistry', 10_000)).toBe('started');
    expect(await host.services.query('RemoteRegistry')).toEqual({ state: 'running', startType: 'manual' });
    await eventually(() =>
      host.registry.open().then(
        () => true,
        () => undefined,
      ),
    );
    expect((await host.registry.createKey('SOFTWARE\\Drover\\late')).disposition).toBe('created');
    await host.close();
  });
});
