import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WindowsCredential, WindowsHost } from '@drover/windows-remote';
import { defaultPassword } from './fleet';
import { startFleetProcess, type FleetProcess } from './fleet-process';

let folder: string;
let fleet: FleetProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drover-fleet-'));
  fleet = await startFleetProcess({ count: 2, subnet: '127.13.3', stateFolder: folder });
});
afterEach(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true });
});

const credential = new WindowsCredential({ username: 'Administrator', password: defaultPassword });
const connect = (index: number) =>
  WindowsHost.connect(fleet.hosts[index] as FleetProcess['hosts'][number], credential, {
    connectTimeoutMs: 1000,
    deadlineMs: 5000,
  });

describe('a fleet in a process of its own', () => {
  it('obeys faults and recovers from them', async () => {
    await fleet.control({ do: 'setFaults', host: 'PC-0001', faults: { reachability: 'offline' } });
    await expect(connect(0)).rejects.toMatchObject({ kind: 'unreachable', reason: 'connectionRefused' });
    const other = await connect(1);
    await other.close();
    await fleet.control({ do: 'clearFaults', host: '*' });
    const first = await connect(0);
    await first.close();
    await expect(fleet.control({ do: 'clearFaults', host: 'nobody' })).rejects.toThrow(
      'no such computer: nobody',
    );
  });

  it('keeps disk, registry, tasks and ledger when it is killed and started again', async () => {
    const host = await connect(0);
    await host.files.makeDirectory('Windows\\Drover');
    await host.files.write('Windows\\Drover\\kept.txt', Buffer.from('kept'));
    const { key } = await host.registry.createKey('SOFTWARE\\Drover\\kept');
    await key.setValue('plan', { type: 'binary', data: Buffer.from([1, 2, 3]) });
    await host.close();
    const before = fleet.ledger('PC-0001').length;
    process.kill(fleet.pid, 'SIGKILL');
    await fleet.close();
    fleet = await startFleetProcess({ count: 2, subnet: '127.13.3', stateFolder: folder });
    const again = await connect(0);
    expect((await again.files.read('Windows\\Drover\\kept.txt')).toString()).toBe('kept');
    const found = await again.registry.openKey('SOFTWARE\\Drover\\kept');
    expect(await found?.getValue('plan')).toEqual({ type: 'binary', data: Buffer.from([1, 2, 3]) });
    await again.close();
    expect(fleet.ledger('PC-0001').length).toBeGreaterThan(before);
  });
});
