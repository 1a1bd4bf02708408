import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import { NtlmMechanism } from '../src/auth/ntlm-mechanism';
import { RpcClient } from '../src/rpc/rpc-client';
import { winreg } from '../src/services/winreg.procedures';
import { SmbSession } from '../src/smb/smb-session';
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

  const credential = () => new WindowsCredential({ username: samba.username, password: samba.password });
  const connect = (): Promise<Host> => WindowsHost.connect({ address }, credential());

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

  it('gives a key’s security, and takes it back changed', async () => {
    const { key } = await host.registry.createKey('SOFTWARE\\Drover\\guarded');
    await key.setSecurity(systemAndAdministrators);
    const kept = await key.security();
    expect(kept.subarray(0, 2)).toEqual(Buffer.from([1, 0]));
    expect(kept.includes(localSystem)).toBe(true);
    await expect(key.setSecurity(Buffer.alloc(3))).rejects.toMatchObject({ kind: 'refused' });
  });

  it('keeps a tree that is as deep as Samba allows, and deletes it whole', async () => {
    const parts = Array.from({ length: 60 }, (_, index) => `l${index}`);
    const path = ['SOFTWARE', 'Drover', 'deep', ...parts].join('\\');
    for (let depth = 4; depth <= parts.length + 3; depth += 1)
      await host.registry.createKey(path.split('\\').slice(0, depth).join('\\'));
    expect(await host.registry.openKey(path)).toBeDefined();
    expect(await host.registry.deleteTree('SOFTWARE\\Drover\\deep')).toBe(true);
    expect(await host.registry.openKey('SOFTWARE\\Drover\\deep')).toBeUndefined();
  });

  it('refuses a call that was meant for another interface than the one that was bound', async () => {
    const session = await SmbSession.connect({ address }, credential());
    const target = { ...winreg, uuid: winreg.uuid };
    const client = await RpcClient.open(target, {
      openPipe: (name, bind) => session.openPipe(name, bind),
      mechanism: new NtlmMechanism(credential()),
    });
    // What was agreed in the clear and what the verification trailer says under protection differ from here on.
    target.uuid = '12345678-1234-1234-1234-123456789abc';
    const input = { serverName: undefined, access: 0x0200_0000 };
    await expect(client.call(winreg.procedures.openLocalMachine, input, 'x')).rejects.toMatchObject({
      kind: 'denied',
      reason: 'accessDenied',
    });
    session.close();
  });

  it('does not know a Task Scheduler, and says so', async () => {
    await expect(host.tasks.open()).rejects.toMatchObject({ kind: 'refused', reason: 'notFound' });
  });
});

/** S-1-5-18, [MS-DTYP] 2.4.2.2. */
const localSystem = Buffer.from('010100000000000512000000', 'hex');
/** S-1-5-32-544, [MS-DTYP] 2.4.2.4. */
const administrators = Buffer.from('01020000000000052000000020020000', 'hex');
/** Self-relative, [MS-DTYP] 2.4.6: a DACL that gives KEY_ALL_ACCESS to SYSTEM and to administrators. */
const systemAndAdministrators = Buffer.concat([
  Buffer.from('01000480' + '00000000' + '00000000' + '00000000' + '14000000', 'hex'),
  Buffer.from('02003400' + '02000000', 'hex'),
  Buffer.from('00001400' + '3f000f00', 'hex'),
  localSystem,
  Buffer.from('00001800' + '3f000f00', 'hex'),
  administrators,
]);
