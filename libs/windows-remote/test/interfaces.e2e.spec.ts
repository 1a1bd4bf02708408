import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import { eventually } from './eventually';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

describePeer('what administrators ask of a computer, by parties that are not ours', () => {
  let peer: Peer;
  let computer: PeerHost;
  let host: Host;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.31.1.11'] });
    computer = peer.hosts[0]!;
    host = await WindowsHost.connect(
      { address: computer.address, name: computer.name },
      new WindowsCredential({ username: peer.username, password: peer.password }),
    );
  });
  afterAll(async () => {
    await host?.close();
    await peer?.stop();
  });
  const seen = async (event: string) => (await computer.events()).filter((one) => one.event === event);

  describe('shutdown', () => {
    it('restarts after a delay with a message, says when one is waiting, and takes it back', async () => {
      const options = {
        action: 'restart',
        delaySeconds: 600,
        message: 'Grüße: reboot',
        force: true,
      } as const;
      expect(await host.shutdown.start(options)).toBe('started');
      expect(await seen('rsp.shutdown')).toMatchObject([
        { message: 'Grüße: reboot', timeout: 600, force: 1, reboot: 1, reason: 0x8000_0000 },
      ]);
      expect(await host.shutdown.start({ action: 'powerOff', delaySeconds: 0 })).toBe('alreadyPending');
      expect(await host.shutdown.abort()).toBe(true);
      expect(await host.shutdown.abort()).toBe(false);
      expect(await seen('rsp.abort')).toHaveLength(1);
    });

    it('switches off without a message', async () => {
      expect(await host.shutdown.start({ action: 'powerOff', delaySeconds: 1, reasonCode: 7 })).toBe(
        'started',
      );
      expect((await seen('rsp.shutdown')).at(-1)).toMatchObject({
        message: null,
        timeout: 1,
        force: 0,
        reboot: 0,
        reason: 7,
      });
      await host.shutdown.abort();
    });
  });

  describe('the computer’s facts, from Samba', () => {
    it('names it, with its workgroup and version', async () => {
      const identity = await host.system.identity();
      expect(identity).toMatchObject({ computerName: computer.name, isDomainController: false });
      expect(identity.version).toMatch(/^\d+\.\d+$/);
      expect(identity.domainOrWorkgroup).not.toBe('');
    });

    it('tells its time', async () => {
      const { at, utcOffsetMinutes } = await host.system.timeOfDay();
      expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000);
      expect(utcOffsetMinutes).toBe(0 - new Date().getTimezoneOffset());
    });
  });

  describe('services', () => {
    it('lists them with their states', async () => {
      const services = await host.services.list();
      expect(services).toEqual(
        expect.arrayContaining([{ name: 'Schedule', displayName: 'Task Scheduler', state: 'running' }]),
      );
    });

    it('stops one, and tells that it was stopped already', async () => {
      expect(await host.services.stop('Winmgmt', 10_000)).toBe('stopped');
      expect(await host.services.query('Winmgmt')).toMatchObject({ state: 'stopped' });
      expect(await host.services.stop('Winmgmt', 10_000)).toBe('alreadyStopped');
      await expect(host.services.stop('Nobody', 0)).rejects.toMatchObject({ reason: 'notFound' });
      expect(await host.services.start('Winmgmt', 10_000)).toBe('started');
    });
  });

  describe('Task Scheduler', () => {
    const sddl = 'D:P(A;;FA;;;BA)(A;;FA;;;SY)';

    it('keeps folders and their security', async () => {
      expect(await host.tasks.createFolder('\\Admin\\Inner', sddl)).toBe('created');
      expect(await host.tasks.createFolder('\\Admin\\Other')).toBe('created');
      expect(await host.tasks.folders('\\Admin')).toEqual(['Inner', 'Other']);
      expect(await host.tasks.security('\\Admin\\Inner')).toBe(sddl);
      await host.tasks.setSecurity('\\Admin\\Inner', 'D:P(A;;FA;;;SY)');
      expect(await host.tasks.security('\\Admin\\Inner')).toBe('D:P(A;;FA;;;SY)');
      expect(await host.tasks.security('\\Admin\\Nobody')).toBeUndefined();
      expect(await host.tasks.folders('\\Nobody')).toEqual([]);
    });

    it('takes an account to run as, and the task’s own security', async () => {
      const path = '\\Admin\\as-somebody';
      const account = new WindowsCredential({ username: 'CORP\\deployer', password: 'Secret-Of-The-Task' });
      await host.tasks.register(path, taskXml('cmd.exe', ''), { account, securityDescriptor: sddl });
      const events = await seen('tsch.register');
      expect(events.at(-1)).toMatchObject({ path, logon: 'password', creds: 1, sddl });
      expect(await host.tasks.security(path)).toBe(sddl);
    });

    it('disables a task, which then cannot be run, and enables it', async () => {
      const path = '\\Admin\\switched';
      await host.tasks.register(path, taskXml('cmd.exe', ''));
      expect(await host.tasks.enable(path, false)).toBe(true);
      expect(await host.tasks.state(path)).toMatchObject({ state: 'disabled' });
      await expect(host.tasks.run(path, [])).rejects.toMatchObject({ kind: 'refused' });
      expect(await host.tasks.enable(path, true)).toBe(true);
      expect(await host.tasks.enable('\\Admin\\nobody', true)).toBe(false);
      await host.tasks.run(path, []);
      await eventually(async () => ((await host.tasks.instances(path)).length === 0 ? true : undefined));
      expect(await host.tasks.stopInstance('00000000-0000-0000-0000-000000000001')).toBe(false);
      expect(await host.tasks.instances('\\Admin\\nobody')).toEqual([]);
    });

    it('tells its version', async () => {
      expect(await host.tasks.version()).toBe('1.5');
    });
  });
});
