import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActiveStatus } from '@drover/domain';
import { Drover } from './drover';
import { beginnings, fleetEntries } from './fleet-ledgers';

jest.setTimeout(240_000);

const steps = [
  { id: 'a', name: 'Say hello', type: 'command', command: 'echo hello' },
  { id: 'b', name: 'Take a second', type: 'command', command: 'ping -n 2 127.0.0.1' },
];
const computersEach = 4;
const statuses: ActiveStatus[] = ['checking', 'ready', 'starting', 'running', 'closing'];
/** Waits before each kill of the last deployment: moments that nobody chose. */
const momentsMs = [150, 700, 1_400];

/**
 * One Drover lives through all of this: while one deployment recovers from its kill, the next one is killed. A lost job is
 * found again when its lock has run out, so waiting for each alone would take half a minute each time.
 */
describe('a standalone Drover that is killed without warning', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'drover-kill-'));
  const deployments = new Map<string, { id: string; names: string[] }>();
  let drover: Drover | undefined;
  let packageId: string;
  let names: string[];

  const living = (): Drover => {
    if (!drover) throw new Error('Drover did not start');
    return drover;
  };

  beforeAll(async () => {
    drover = await Drover.start({ stateFolder });
    packageId = await drover.createPackage('Twice would be once too often', steps);
    const { assets } = await drover.call<{ assets: { name: string }[] }>('GET', '/assets');
    names = assets.map((asset) => asset.name);
  });

  afterAll(async () => {
    await drover?.stop();
    rmSync(stateFolder, { recursive: true, force: true });
  });

  async function deployToNextComputers(label: string): Promise<string> {
    const mine = names.splice(0, computersEach);
    const { id } = await living().deploy(packageId, mine);
    deployments.set(label, { id, names: mine });
    return id;
  }

  async function killAndStartAgain(): Promise<void> {
    await living().kill();
    drover = await living().restart();
  }

  it.each(statuses)('starts again after a kill as a target enters %s', async (status) => {
    const id = await deployToNextComputers(status);
    await living().follow(id, ({ event, data }) => {
      if (event === 'snapshot')
        return (data as { targets: { status: string }[] }).targets.some((t) => t.status === status);
      return (data as { status?: string }).status === status;
    });
    await killAndStartAgain();
  });

  it('starts again after kills at moments that nobody chose', async () => {
    await deployToNextComputers('any moment');
    for (const waitMs of momentsMs) {
      await new Promise((resolve) => setTimeout(resolve, waitMs)); // The moment is the point, so no condition is awaited.
      await killAndStartAgain();
    }
  });

  it.each([...statuses, 'any moment'])(
    'ended every target once, with what happened on its computer, and began none twice: killed at %s',
    async (label) => {
      const { id, names: mine } = deployments.get(label) ?? { id: '', names: [] };
      const targets = await living().finished(id, 180_000);
      const began = beginnings(fleetEntries(stateFolder));
      expect(targets.map((t) => [t.assetName, t.status, t.cause?.message, began.get(t.id)])).toEqual(
        mine.map((name) => [name, 'succeeded', undefined, 1]),
      );
      const details = await Promise.all(targets.map((t) => living().target(t.id)));
      for (const { steps: runs } of details) {
        expect(runs.map((run) => [run.stepName, run.exitCode])).toEqual([
          ['Say hello', 0],
          ['Take a second', 0],
        ]);
      }
    },
  );
});
