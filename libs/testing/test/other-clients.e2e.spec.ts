import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulatedFleet, type SimulatedFleet } from '../src/simulated-host/fleet';
import type { SimulatedHost } from '../src/simulated-host/simulated-host';

/** Debian's own Python: the one that has impacket. */
const python = '/usr/bin/python3';
const hasImpacket = spawnSync(python, ['-c', 'import impacket'], { timeout: 20_000 }).status === 0;
const hasSmbclient = existsSync('/usr/bin/smbclient');
const asked = process.env['CI'] === 'true';
const hasSamba =
  spawnSync(python, ['-c', 'from samba.dcerpc import winreg'], { timeout: 20_000 }).status === 0;
const withImpacket = hasImpacket || asked ? describe : describe.skip; // tidy: named as skipped where the peer is absent
const withSamba = hasSamba || asked ? describe : describe.skip; // tidy: named as skipped where the peer is absent
const withSmbclient = hasSmbclient || asked ? describe : describe.skip; // tidy: named as skipped where the peer is absent

let fleet: SimulatedFleet;
let host: SimulatedHost;
let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drover-clients-'));
  fleet = await startSimulatedFleet({
    hosts: [{ address: '127.13.2.11' }, { address: '127.13.2.12', encryption: 'required' }],
  });
  host = fleet.hosts[0] as SimulatedHost;
});
afterEach(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true });
});

/** The child runs beside this process, which is the server, so it has to be awaited without blocking. */
async function run(
  command: string,
  parameters: string[],
): Promise<{ status: number | null; output: string }> {
  const { spawn } = await import('node:child_process');
  const child = spawn(command, parameters, { timeout: 30_000, cwd: folder });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

async function impacket(
  scenario: string,
  password = host.accounts[0]?.password ?? '',
): Promise<Record<string, unknown>> {
  const script = join(__dirname, 'impacket_client.py');
  const { output } = await run(python, [
    script,
    host.address,
    String(host.port),
    'Administrator',
    password,
    scenario,
  ]);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(output);
  return JSON.parse(line) as Record<string, unknown>;
}

const smbclient = (
  to: SimulatedHost,
  commands: string,
  password = to.accounts[0]?.password ?? '',
  dialect = 'SMB3_11',
) =>
  run('/usr/bin/smbclient', [
    `//${to.address}/C$`,
    '-p',
    String(to.port),
    '-U',
    `Administrator%${password}`,
    '-m',
    'SMB3',
    `--option=client min protocol=${dialect}`,
    `--option=client max protocol=${dialect}`,
    '-c',
    commands,
  ]);

withImpacket('a simulated computer seen by impacket', () => {
  it('is logged on to at SMB 3.0 with signing required', async () => {
    expect(await impacket('logon')).toEqual({ status: 0, dialect: 0x0300, signing: true, name: host.name });
    expect(host.ledger.of('sessionOpened')).toHaveLength(1);
  });

  it('answers a wrong password with STATUS_LOGON_FAILURE, and a locked account with its own status', async () => {
    expect(await impacket('logon', 'wrong')).toEqual({ status: 0xc000006d });
    await host.faults.set({ logon: 'accountLocked' });
    expect(await impacket('logon')).toEqual({ status: 0xc0000234 });
    expect(host.ledger.of('logonFailed').map((entry) => entry.status)).toEqual([0xc000006d, 0xc0000234]);
  });

  it('keeps, renames, lists and deletes files behind C$', async () => {
    expect(await impacket('files')).toEqual({ same: true, names: ['.', '..', 'b.bin'] });
    expect(host.disk.files('Windows\\Drover')).toEqual([]);
  });

  it('has a registry whose create tells created from opened', async () => {
    expect(await impacket('registry')).toEqual({
      first: 1,
      second: 2,
      values: 2,
      type: 3,
      plan: 20000,
      names: ['plan', 'text'],
      subkey: 'attempt-1',
      product: 'Windows 10 Pro',
      parentDelete: 5,
      gone: 2,
    });
  });

  it('starts and stops services, and refuses to start a disabled one with 1058', async () => {
    expect(await impacket('services')).toEqual({
      names: ['LanmanServer', 'RemoteRegistry', 'Schedule', 'Spooler', 'Winmgmt'],
      startType: 2,
      display: 'Remote Registry',
      stopped: true,
      disabled: 1058,
      running: true,
      absent: 1060,
    });
  });

  it('registers, runs with an argument and deletes a task', async () => {
    expect(await impacket('tasks')).toEqual({
      registered: '\\Drover\\attempt-1',
      twice: 0x800700b7,
      damaged: 0x80041316,
      never: 0x41303,
      result: 3010,
      names: ['attempt-1'],
      xml: true,
      gone: 0x80070002,
    });
  });

  it('refuses the Task Scheduler without packet privacy', async () => {
    expect(await impacket('unprotectedTasks')).toEqual({ fault: 'rpc_s_access_denied' });
  });
});

withSmbclient('a simulated computer seen by smbclient', () => {
  it.each(['SMB3_11', 'SMB3_02', 'SMB3_00'])('exchanges a large file at %s', async (dialect) => {
    const content = Buffer.alloc(2_500_000, 'drover ');
    writeFileSync(join(folder, 'a'), content);
    const { status, output } = await smbclient(
      host,
      'mkdir Windows\\Drover; put a Windows\\Drover\\a; get Windows\\Drover\\a b',
      undefined,
      dialect,
    );
    expect({ status, output: output.includes('NT_STATUS') ? output : '' }).toEqual({ status: 0, output: '' });
    expect(readFileSync(join(folder, 'b')).equals(content)).toBe(true);
    expect(host.disk.readFile('Windows\\Drover\\a')?.equals(content)).toBe(true);
  });

  it('exchanges a file where encryption is required', async () => {
    writeFileSync(join(folder, 'a'), 'hello');
    const { output } = await smbclient(
      fleet.hosts[1] as SimulatedHost,
      'put a Users\\a; get Users\\a b; rename Users\\a Users\\c; del Users\\c',
    );
    expect(output).not.toContain('NT_STATUS');
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('hello');
    expect(fleet.hosts[1]?.ledger.of('sessionOpened')[0]).toMatchObject({ encrypted: true, dialect: 0x0311 });
  });

  it('is told of a wrong password', async () => {
    expect((await smbclient(host, 'ls', 'wrong')).output).toContain('NT_STATUS_LOGON_FAILURE');
  });

  it('is refused C$ when the account has no administrative right', async () => {
    await host.faults.set({ noAdministrativeRight: true });
    expect((await smbclient(host, 'ls')).output).toContain('NT_STATUS_ACCESS_DENIED');
  });
});

withSamba("a simulated computer seen by Samba's RPC client", () => {
  it.each(['seal,spnego', 'seal,ntlm', 'sign,spnego', 'sign,ntlm', 'connect,ntlm', ''])(
    'is read through winreg bound with [%s]',
    async (options) => {
      const script = join(__dirname, 'samba_client.py');
      const password = host.accounts[0]?.password ?? '';
      const { output } = await run(python, [
        script,
        host.address,
        String(host.port),
        'Administrator',
        password,
        options,
      ]);
      expect(output.trim()).toBe('{"name": "ProductName", "text": "Windows 10 Pro"}');
    },
  );
});
