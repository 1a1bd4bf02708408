import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';
import { registryContract } from './registry-contract';

jest.setTimeout(60_000);

describeSamba.each([
  ['signed only', '127.12.1.40', 'server smb encrypt = off', undefined],
  ['encrypted', '127.12.1.41', 'server smb encrypt = required', expect.stringMatching(/^aes-/)],
])('the registry of a private Samba, %s', (_name, address, encryption, cipher) => {
  let samba: PrivateSamba;
  let host: Host;

  beforeAll(async () => {
    samba = await startPrivateSamba({ address, global: [encryption, 'server signing = mandatory'] });
    host = await connect();
  });
  afterAll(async () => {
    await host?.close();
    await samba?.stop();
  });

  const connect = (): Promise<Host> =>
    WindowsHost.connect(
      { address },
      new WindowsCredential({ username: samba.username, password: samba.password }),
    );

  it('is spoken to as the server demands', () => {
    expect(host.info.cipher?.toLowerCase()).toEqual(cipher);
  });

  registryContract(() => host, connect);

  it('is reached with packet privacy under SMB’s own protection, and its pipe shared by early callers', async () => {
    const early = await connect();
    await Promise.all([early.registry.open(), early.registry.open(), early.registry.openKey('SOFTWARE')]);
    await early.close();
    await expect(early.registry.openKey('SOFTWARE')).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('does not know a Task Scheduler, and says so', async () => {
    await expect(host.tasks.open()).rejects.toMatchObject({ kind: 'refused', reason: 'notFound' });
  });
});
