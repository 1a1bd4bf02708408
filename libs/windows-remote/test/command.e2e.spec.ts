import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../src/command/run';
import { WindowsCredential, WindowsHost } from '../src/index';
import { FakeTerminal } from './fake-terminal';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

describePeer('the command windows-remote, on a computer that is not ours', () => {
  let peer: Peer;
  let computer: PeerHost;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'windows-remote-'));
    peer = await startPeer({ addresses: ['127.31.1.13'] });
    computer = peer.hosts[0]!;
  });
  afterAll(async () => {
    await peer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function command(...line: string[]) {
    const terminal = new FakeTerminal({
      WINDOWS_REMOTE_HOST: computer.address,
      WINDOWS_REMOTE_USER: peer.username,
      WINDOWS_REMOTE_PASSWORD: peer.password,
    });
    const exitCode = await run(line, terminal);
    return { exitCode, text: terminal.text, output: terminal.output, complaints: terminal.complaints };
  }

  it('puts, lists, gets and deletes a file larger than one piece', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    const data = randomBytes(5 * 1_048_576);
    await writeFile(from, data);
    expect(await command('files', 'put', from, 'C:\\Windows\\Temp\\a file.bin')).toMatchObject({
      exitCode: 0,
    });
    const again = await command('files', 'put', from, 'C:/Windows/Temp/a file.bin');
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.complaints).toContain('alreadyExists');
    expect(await command('files', 'put', '--force', from, 'Windows\\Temp\\a file.bin')).toMatchObject({
      exitCode: 0,
    });
    expect((await command('files', 'ls', 'C:\\Windows\\Temp')).text).toContain('5242880  a file.bin');
    expect(await command('files', 'get', 'Windows\\Temp\\a file.bin', to)).toMatchObject({ exitCode: 0 });
    expect((await readFile(to)).equals(data)).toBe(true);
    expect((await command('files', 'get', 'Windows\\Temp\\a file.bin', '-')).output.equals(data)).toBe(true);
    expect(await command('files', 'rm', 'Windows\\Temp\\a file.bin')).toMatchObject({ exitCode: 0 });
    expect(await command('files', 'rm', 'Windows\\Temp\\a file.bin')).toMatchObject({ exitCode: 1 });
  });

  it('sets, queries and deletes values and keys', async () => {
    const key = 'HKLM\\SOFTWARE\\Drover\\command';
    expect(await command('reg', 'set', key, 'Text', 'sz', 'Grüße')).toMatchObject({ exitCode: 0 });
    expect(await command('reg', 'set', `${key}\\Sub`, 'Number', 'dword', '0x10')).toMatchObject({
      exitCode: 0,
    });
    expect((await command('reg', 'query', key)).text).toBe('Sub\\\nText  sz  Grüße\n');
    expect((await command('reg', 'query', `${key}\\Sub`, 'Number')).text).toBe('dword  16 (0x10)\n');
    expect(JSON.parse((await command('reg', 'query', key, '--json')).text)).toEqual({
      subkeys: ['Sub'],
      values: [{ name: 'Text', value: { type: 'sz', text: 'Grüße' } }],
    });
    expect(await command('reg', 'set', key, 'Text', 'dword', 'many')).toMatchObject({ exitCode: 2 });
    expect(await command('reg', 'rm', key, '--value', 'Text')).toMatchObject({ exitCode: 0 });
    expect(await command('reg', 'rm', key)).toMatchObject({ exitCode: 4 });
    expect(await command('reg', 'rm', key, '--force')).toMatchObject({ exitCode: 0 });
    expect(await command('reg', 'query', key)).toMatchObject({ exitCode: 1 });
  });

  it('lists, stops and starts services', async () => {
    expect((await command('svc', 'list')).text).toMatch(/^Schedule +running +Task Scheduler$/m);
    expect((await command('svc', 'stop', 'Winmgmt')).text).toBe('stopped\n');
    expect((await command('svc', 'start', 'Winmgmt')).text).toBe('started\n');
    expect((await command('svc', 'start', 'Winmgmt')).text).toBe('already running\n');
  });

  it('lists, runs and deletes tasks', async () => {
    const host = await WindowsHost.connect(
      { address: computer.address },
      new WindowsCredential({ username: peer.username, password: peer.password }),
    );
    await host.tasks.register('\\Folder\\task', taskXml('cmd.exe', '/c $(Arg1)'));
    await host.close();
    expect((await command('task', 'list')).text).toContain('Folder\\');
    expect((await command('task', 'list', 'Folder')).text).toBe('task  ready  never run\n');
    expect((await command('task', 'run', '\\Folder\\task', 'one', 'two')).text).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(await command('task', 'rm', '\\Folder\\task')).toMatchObject({ exitCode: 0 });
    expect(await command('task', 'rm', '\\Folder\\task')).toMatchObject({ exitCode: 1 });
  });

  it('shows what the computer is', async () => {
    const { exitCode, text } = await command('info');
    expect(exitCode).toBe(0);
    expect(text).toMatch(new RegExp(`^computer +${computer.name}$`, 'm'));
    expect(text).toMatch(/^SMB +0x0311, /m);
  });

  it('says by its exit code that the account is denied', async () => {
    const terminal = new FakeTerminal({ WINDOWS_REMOTE_PASSWORD: 'wrong and secret' });
    expect(await run(['info', '-H', computer.address, '-u', 'Administrator'], terminal)).toBe(4);
    expect(terminal.complaints).toContain('wrongPassword');
    expect(terminal.complaints).not.toContain('secret');
  });
});
