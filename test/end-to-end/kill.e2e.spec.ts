import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActiveStatus } from '@drover/domain';
import { Drover } from './drover';
import { beginnings, fleetEntries } from './fleet-ledgers';

const steps = [
  { id: 'a', name: 'Say hello', type: 'command', command: 'echo hello' },
  { id: 'b', name: 'Take a second', type: 'command', command: 'ping -n 2 127.0.0.1' },
];

/** Every deployment of this file, so that the last test can look at all of them together. */
describe('a standalone Drover that is killed', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'drover-kill-'));
  let drover: Drover;
  let packageId: string;
  let names: string[];

  beforeAll(async () => {
    drover = await Drover.start({ stateFolder });
    packageId = await drover.createPackage('Twice would be once too often', steps);
    const { assets } = await drover.call<{ assets: { name: string }[] }>('GET', '/assets');
    names = assets.map((asset) => asset.name).slice(0, 8);
  }, 180_000);

  afterAll(async () => {
    await (drover as Drover | undefined)?.stop();
    rmSync(stateFolder, { recursive: true, force: true });
  }, 60_000);

  async function expectOneBeginningEach(deploymentId: string): Promise<void> {
    const targets = await drover.finished(deploymentId, 180_000);
    expect(targets.map((t) => [t.assetName, t.status])).toEqual(
      names.map((name) => [name, 'succeeded']).sort(),
    );
    const began = beginnings(fleetEntries(stateFolder));
    expect(targets.map((t) => [t.assetName, began.get(t.id)])).toEqual(targets.map((t) => [t.assetName, 1]));
  }

  it.each<ActiveStatus>(['checking', 'ready', 'starting', 'running', 'closing'])(
    'as a target enters %s ends every target once, and begins none twice',
    async (status) => {
      const deployment = await drover.deploy(packageId, names);
      await drover.follow(deployment.id, ({ event, data }) => {
        const entered =
          event === 'snapshot'
            ? (data as { targets: { status: string }[] }).targets.map((t) => t.status)
            : [(data as { status?: string }).status];
        return entered.includes(status);
      });
      await drover.kill();
      drover = await drover.restart();
      await expectOneBeginningEach(deployment.id);
    },
    300_000,
  );

  it('again and again, at moments nobody chose, still ends every target once', async () => {
    const deployment = await drover.deploy(packageId, names);
    for (const waitMs of [120, 450, 900]) {
      await new Promise((resolve) => setTimeout(resolve, waitMs)); // The moment is the point: it is not awaited by a condition.
      await drover.kill();
      drover = await drover.restart();
    }
    await expectOneBeginningEach(deployment.id);
  }, 300_000);
});
