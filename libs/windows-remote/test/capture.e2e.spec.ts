import { WindowsCredential, WindowsHost } from '../src/index';
import type { Capture } from './capture';
import { describeTshark, startCapture } from './capture';
import type { Peer } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

const secret = 'The-plan-is-nobodys-business';

describeTshark('what tshark sees of a dispatch', () => {
  describePeer.each<[string, string, string[]]>([
    ['encrypted', '127.12.1.50', []],
    ['signed only', '127.12.1.51', ['--smb-extra', 'server smb encrypt = off']],
  ])('%s', (name, address, more) => {
    let peer: Peer;
    let capture: Capture;
    const read = (filter: string, fields: string[]) => capture.fields(filter, fields, peer.password);

    beforeAll(async () => {
      peer = await startPeer({ addresses: [address], more });
      capture = await startCapture(address);
      await dispatch(peer);
      await capture.stop();
    });
    afterAll(async () => {
      await capture?.remove();
      await peer?.stop();
    });

    it('is SMB 3.1.1 from the first message', async () => {
      expect(await read('smb', ['frame.number'])).toEqual([]);
      const answers = await read('smb2.cmd == 0 and smb2.flags.response == 1', ['smb2.dialect']);
      expect(answers).toEqual([['0x0311']]);
    });

    it('has no malformed packet', async () => {
      expect(await read('_ws.malformed', ['frame.number', '_ws.col.Info'])).toEqual([]);
      expect((await read('smb2', ['frame.number'])).length).toBeGreaterThan(10);
    });

    it('protects every message after the logon', async () => {
      const sealed = await capture.fields('smb2.protocol_id == 0xFD534D42', ['frame.number']);
      expect(sealed.length > 0).toBe(name === 'encrypted');
      const sealedFrames = new Set(sealed.flat());
      const fields = ['frame.number', 'smb2.cmd', 'smb2.flags.signature'];
      // Interim answers may come unsigned, [MS-SMB2] 3.2.5.1.3.
      const packets = await read('smb2 and not smb2.nt_status == 0x103', fields);
      const bare = packets
        .filter(([frame = '']) => !sealedFrames.has(frame))
        .flatMap(([, commands = '', signed = '']) => signedByCommand(commands, signed))
        .filter(({ command, isSigned }) => !logonCommands.has(command) && !isSigned);
      expect(bare).toEqual([]);
    });

    it('binds to RPC with packet privacy and nothing else', async () => {
      const binds = await read('dcerpc.pkt_type == 11', ['dcerpc.auth_type', 'dcerpc.auth_level']);
      expect(perPdu(binds, 0)).toEqual(['10', '10']);
      expect(perPdu(binds, 1)).toEqual(['6', '6']);
      const levels = perPdu(await read('dcerpc.pkt_type == 0', ['dcerpc.auth_level']), 0);
      expect(levels.length).toBeGreaterThanOrEqual(5);
      expect(new Set(levels)).toEqual(new Set(['6']));
    });

    it('shows the plan to nobody', async () => {
      expect(await capture.fields(`frame contains "${secret}"`, ['frame.number'])).toEqual([]);
    });
  });
});

/** NEGOTIATE and SESSION_SETUP. */
const logonCommands = new Set(['0', '1']);

/** A packet carries several messages; tshark lists their fields with commas. */
const signedByCommand = (commands: string, signed: string): { command: string; isSigned: boolean }[] => {
  const flags = signed.split(',');
  return commands
    .split(',')
    .map((command, index) => ({ command, isSigned: ['1', 'True'].includes(flags[index] ?? '') }));
};
const perPdu = (rows: string[][], column: number): string[] =>
  rows.flatMap((row) => (row[column] ?? '').split(','));

async function dispatch(peer: Peer): Promise<void> {
  const { address, name } = peer.hosts[0]!;
  const credential = new WindowsCredential({ username: peer.username, password: peer.password });
  const host = await WindowsHost.connect({ address, name }, credential);
  const [{ key }] = await Promise.all([
    host.registry.createKey('SOFTWARE\\Drover\\captured'),
    host.tasks.register('\\Drover\\captured', taskXml('C:\\Windows\\Drover\\runner.exe', '$(Arg1)')),
    host.files.write('captured.txt', Buffer.alloc(4_096, 'x')),
  ]);
  await key.setValue('Plan', { type: 'binary', data: Buffer.from(secret) });
  await host.tasks.run('\\Drover\\captured', ['begin', 'begin']);
  await host.close();
}
