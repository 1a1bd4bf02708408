/**
 * All of it together: a package created through the API, deployed by the standalone process to a computer that is not
 * simulated, ends as files on a disk and as steps in the API. Once against `../shared/peer`, which shares no code with
 * Drover, and once against this project's own Task Scheduler behind real Samba, with Wine behind both.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startComputerBehindSamba,
  whyNoSamba,
  whyNoWine,
  wineExecution,
  WineComputer,
} from '@drover/testing';
import { describePeer, startPeer } from '../../libs/windows-remote/test/peer';
import { Drover } from './drover';
import { eventually } from './drover-api';

jest.setTimeout(240_000);

interface Computer {
  name: string;
  address: string;
  username: string;
  password: string;
  /** The folder behind C$. */
  driveFolder: string;
  close(): Promise<void>;
}

const steps = [
  {
    id: 'write',
    name: 'Leave a proof',
    type: 'command',
    command: 'echo proof of %COMPUTERNAME%> C:\\windows\\temp\\proof.txt',
  },
  { id: 'code', name: 'Ask for a restart', type: 'command', command: 'exit 3010' },
  {
    id: 'slow',
    name: 'Work alone',
    type: 'command',
    command: 'ping -n 13 127.0.0.1 >nul & echo finished> C:\\windows\\temp\\late.txt',
  },
];

describePeer('all of it together, on ../shared/peer', () =>
  tellTheStory(async () => {
    const peer = await startPeer({
      addresses: ['127.21.2.11'],
      runner: 'wine',
      registry: 'wine',
      remoteRegistry: 'stopped',
    });
    const { name, address, driveFolder } = peer.hosts[0] ?? { name: '', address: '', driveFolder: '' };
    return {
      name,
      address,
      driveFolder,
      username: peer.username,
      password: peer.password,
      close: () => peer.stop(),
    };
  }),
);

const whyNot = whyNoSamba() ?? whyNoWine();
const describeBehindSamba = whyNot === undefined || process.env['CI'] === 'true' ? describe : describe.skip; // tidy: named as skipped where a peer is absent

describeBehindSamba(
  `all of it together, with our Task Scheduler behind real Samba${whyNot === undefined ? '' : ` (skipped: ${whyNot})`}`,
  () =>
    tellTheStory(async () => {
      const wine = await WineComputer.start();
      const computer = await startComputerBehindSamba({
        address: '127.21.2.12',
        driveFolder: wine.path(),
        password: 'Behind-Samba-1!',
        execute: wineExecution(wine),
      });
      return {
        ...computer,
        driveFolder: wine.path(),
        close: async () => {
          await computer.close();
          await wine.close();
        },
      };
    }),
);

function tellTheStory(startComputer: () => Promise<Computer>): void {
  const stateFolder = mkdtempSync(join(tmpdir(), 'drover-together-'));
  let computer: Computer | undefined;
  let drover: Drover | undefined;

  afterAll(async () => {
    await drover?.stop();
    await computer?.close();
    rmSync(stateFolder, { recursive: true, force: true });
  });

  it('deploys a package, works without Drover and without a connection, and brings everything back', async () => {
    const target = (computer = await startComputer());
    drover = await Drover.start({ stateFolder, arguments: ['--no-fleet'] });
    await drover.call('POST', '/assets', { name: target.name, address: target.address });
    await drover.call('POST', '/credentials', {
      name: 'peer',
      username: target.username,
      password: target.password,
    });
    const packageId = await drover.createPackage('Proof', steps);
    const { id } = await drover.deploy(packageId, [target.name]);

    const running = drover;
    await eventually('the last step is at work', async () => {
      const [first] = await running.targets(id);
      if (first?.outcome)
        throw new Error(`ended too early: ${JSON.stringify(await running.target(first.id))}`);
      return first?.currentStep?.name === 'Work alone' ? true : undefined;
    });
    await eventually('no connection to the computer is open while it works', async () =>
      (await openConnections(target.address)) === 0 ? true : undefined,
    );
    const late = join(target.driveFolder, 'windows', 'temp', 'late.txt');
    expect(existsSync(late)).toBe(false);
    await drover.kill();
    await eventually('the work finishes while Drover is dead', () => (existsSync(late) ? true : undefined));

    drover = await drover.restart();
    const [ended] = await drover.finished(id, 120_000);
    expect(ended?.status).toBe('succeeded');
    const detail = await drover.target(ended?.id ?? '');
    expect(detail.steps.map((run) => [run.stepName, run.exitCode, run.state])).toEqual([
      ['Leave a proof', 0, 'succeeded'],
      ['Ask for a restart', 3010, 'succeeded'],
      ['Work alone', 0, 'succeeded'],
    ]);
    expect(detail.verdicts.find((v) => v.requirement === 'REQ-9')?.result).toMatch(/pass|fixed/);
    expect(readFileSync(join(target.driveFolder, 'windows', 'temp', 'proof.txt'), 'utf8')).toMatch(
      /^proof of \S+\r\n$/,
    );
  });
}

/** Established connections to port 445 of an address, as the kernel lists them. */
async function openConnections(address: string): Promise<number> {
  const hex = [...address.split('.').map(Number)]
    .reverse()
    .map((n) => n.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  const established = '01';
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local === `${hex}:01BD` && state === established).length;
}
