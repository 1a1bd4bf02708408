import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { run } from '../src/command/run';
import * as library from '../src/index';
import { makeRootAnAdministrator } from './builtin-administrators';
import { FakeTerminal } from './fake-terminal';
import type { Peer, PeerHost } from './peer';
import { describePeer, startPeer } from './peer';
import { taskXml } from './task-xml';

jest.setTimeout(60_000);

/** The blocks of one language, in their order. */
async function examples(language: string): Promise<string[]> {
  const readme = await readFile(join(__dirname, '../README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!);
}

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as FunctionConstructor;

/** A DACL that gives KEY_ALL_ACCESS to SYSTEM, self-relative, [MS-DTYP] 2.4.6. */
const descriptor = Buffer.from(
  '0100048000000000000000000000000014000000' +
    '02001c0001000000' +
    '000014003f000f00010100000000000512000000',
  'hex',
);

describePeer('the examples of the README, on a computer that is not ours', () => {
  let peer: Peer;
  let computer: PeerHost;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.31.1.15'] });
    computer = peer.hosts[0]!;
    makeRootAnAdministrator(join(computer.driveFolder, '../smb.conf'));
  });
  afterAll(() => peer?.stop());

  it('run as they are printed, but for the address', async () => {
    const credential = new library.WindowsCredential({ username: peer.username, password: peer.password });
    const host = await library.WindowsHost.connect({ address: computer.address }, credential);
    const known = {
      ...{ host, credential, descriptor, password: peer.password },
      ...{ xml: taskXml('cmd.exe', '/c $(Arg1)'), plan: Buffer.alloc(16) },
      ...{ WindowsHost: library.WindowsHost, WindowsCredential: library.WindowsCredential },
    };
    const blocks = await examples('ts');
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    for (const block of blocks) await execute(block, known);
    expect(await host.files.read('Windows\\Temp\\hello.txt')).toEqual(Buffer.from('hello'));
    expect(await host.tasks.list('\\Demo\\Nightly')).toEqual(['report']);
    await host.close();
    const events = (await computer.events()).map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(['epm.map', 'rsp.shutdown', 'rsp.abort', 'tsch.run']));
  });

  it('for the shell do what they say', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'windows-remote-'));
    const [block = ''] = await examples('sh');
    const lines = block.split('\n').filter((line) => line.startsWith('windows-remote '));
    expect(lines.length).toBeGreaterThan(10);
    await writeFile(join(folder, 'setup.msi'), 'an installer');
    for (const line of lines) {
      const terminal = new FakeTerminal({
        WINDOWS_REMOTE_HOST: computer.address,
        WINDOWS_REMOTE_USER: peer.username,
        WINDOWS_REMOTE_PASSWORD: peer.password,
      });
      const exitCode = await run(words(line, folder), terminal);
      expect({ line, exitCode, complaints: terminal.complaints }).toEqual({
        line,
        exitCode: 0,
        complaints: '',
      });
    }
    expect(await readFile(join(folder, 'copy.msi'), 'utf8')).toBe('an installer');
    await rm(folder, { recursive: true });
  });

  async function execute(block: string, known: Record<string, unknown>): Promise<void> {
    const here = block.replaceAll('192.0.2.7', computer.address).replaceAll('PC-7', computer.name);
    // An import hides the names that are known already, so it is left out where it names nothing else.
    const body = here.replace(/^import .*$/m, '');
    const { outputText } = ts.transpileModule(`async () => {${body}}`, {
      compilerOptions: { target: ts.ScriptTarget.ES2022 },
    });
    const names = Object.keys(known).filter((name) => !new RegExp(`const ${name} =`).test(body));
    const example = AsyncFunction(...names, `await (${outputText.trim().replace(/;$/, '')})()`);
    await example(...names.map((name) => known[name]));
  }
});

/** As a shell would read the line; the installer and its copy lie in a folder of the test's. */
const words = (line: string, folder: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)]
    .map(([, quoted, plain]) => quoted ?? plain ?? '')
    .slice(1)
    .map((word) => (/^\w+\.msi$/.test(word) ? join(folder, word) : word));
