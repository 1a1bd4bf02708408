/**
 * What a private Samba answers to a session's usual requests is kept in `recorded-replies.txt`, one plain frame a line,
 * for the fuzzer. With RECORD_REPLIES=1 the file is written again; otherwise Samba's answers are compared by their kind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WindowsCredential } from '../../src/auth/credential';
import { RpcRegistry } from '../../src/services/rpc-registry';
import { RpcServices } from '../../src/services/rpc-services';
import { commands, Header } from '../../src/smb/messages/header';
import type { SmbPolicy } from '../../src/smb/policy';
import { SmbFiles } from '../../src/smb/smb-files';
import { SmbSession } from '../../src/smb/smb-session';
import { rpcDoors } from '../../src/host/open-rpc';
import { describeSamba, startPrivateSamba } from '../private-samba';
import { startTamperingProxy } from '../tampering-proxy';

const policies: SmbPolicy[] = [
  {},
  { maximumDialect: '3.0.2' },
  { minimumDialect: '2.0.2', maximumDialect: '2.1' },
];
const file = join(__dirname, 'recorded-replies.txt');

jest.setTimeout(60_000);

describeSamba('the replies that are recorded for the fuzzer', () => {
  it('are those that Samba gives', async () => {
    const lines = await record();
    if (process.env['RECORD_REPLIES'] === '1') writeFileSync(file, `${lines.join('\n')}\n`);
    // Whether the answer to the farewell still arrives is a race.
    const recorded = kindsOf(readFileSync(file, 'utf8').trim().split('\n'));
    expect(kindsOf(lines)).toEqual(expect.arrayContaining(recorded.filter((kind) => kind !== 'logoff')));
  });
});

const kindsOf = (lines: string[]): string[] =>
  [...new Set(lines.map((line) => line.slice(0, line.indexOf(' '))))].sort();

async function record(): Promise<string[]> {
  const samba = await startPrivateSamba({
    address: '127.32.1.4',
    global: ['server min protocol = SMB2_02', 'server smb encrypt = off'],
  });
  const proxy = await startTamperingProxy(samba);
  try {
    for (const policy of policies) {
      const session = await SmbSession.connect(proxy, new WindowsCredential(samba), policy);
      await converse(session, new WindowsCredential(samba));
      session.close();
    }
    const nameOf = new Map(Object.entries(commands).map(([name, number]) => [number as number, name]));
    return proxy.replies.map(
      (reply) => `${nameOf.get(Header.decode(reply).command)} ${reply.toString('hex')}`,
    );
  } finally {
    await proxy.stop();
    await samba.stop();
  }
}

async function converse(session: SmbSession, credential: WindowsCredential): Promise<void> {
  const files = new SmbFiles(() => session.tree('C$'));
  await files.write('small.txt', Buffer.from('a small file'), { mode: 'overwrite' });
  await files.read('small.txt');
  await files.stat('nothing.txt');
  await files.makeDirectory('grün');
  await files.list('');
  await files.freeSpaceBytes();
  await files.rename('small.txt', 'other.txt', { replace: true });
  await files.delete('other.txt');
  const { overPipe } = rpcDoors({
    session,
    credential,
    tcp: {
      address: '127.32.1.4',
      host: 'PRIVATE',
      deadlineMs: 5000,
      connectTimeoutMs: 5000,
      traffic: session.connection.traffic,
    },
    options: {},
  });
  await new RpcRegistry(overPipe, 'PRIVATE').openKey('SOFTWARE');
  await new RpcServices(overPipe, 'PRIVATE').query('Spooler');
}
