import { join } from 'node:path';
import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import { makeRootAnAdministrator } from './builtin-administrators';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';

jest.setTimeout(60_000);

describeSamba('the server and workstation services of a private Samba', () => {
  let samba: PrivateSamba;
  let host: Host;

  beforeAll(async () => {
    samba = await startPrivateSamba({ address: '127.31.1.12' });
    makeRootAnAdministrator(join(samba.folder, 'smb.conf'));
    host = await WindowsHost.connect(
      { address: samba.address },
      new WindowsCredential({ username: samba.username, password: samba.password }),
    );
  });
  afterAll(async () => {
    await host?.close();
    await samba?.stop();
  });

  it('name the computer', async () => {
    expect(await host.system.identity()).toMatchObject({
      computerName: 'PRIVATE',
      domainOrWorkgroup: 'WORKGROUP',
      version: '6.1',
      isDomainController: false,
      isServer: true,
    });
  });

  it('list the shares', async () => {
    expect(await host.system.shares()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'C$', kind: 'disk', isSpecial: false }),
        expect.objectContaining({ name: 'IPC$', kind: 'pipe', isSpecial: true }),
      ]),
    );
  });

  it('list who is connected, this connection included', async () => {
    await host.files.connect();
    expect(await host.sessions.connections()).toEqual(
      expect.arrayContaining([expect.objectContaining({ isGuest: false })]),
    );
  });

  it('list who is logged on', async () => {
    for (const user of await host.sessions.users()) expect(user.username).not.toBe('');
  });

  it('list services', async () => {
    const services = await host.services.list();
    expect(services.map(({ name }) => name)).toEqual(expect.arrayContaining(['NETLOGON', 'Spooler']));
  });
});
