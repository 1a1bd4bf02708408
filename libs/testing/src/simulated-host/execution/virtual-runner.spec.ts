import {
  decodeJournal,
  encodePlan,
  foldJournal,
  type JournalProgress,
  type Plan,
  type PlanStep,
} from '@drover/domain';
import { HostClock } from '../computer/clock';
import { Ledger } from '../computer/ledger';
import { fillStandardRegistry } from '../computer/standard-registry';
import { VirtualDisk } from '../computer/virtual-disk';
import { RegistryType, VirtualRegistry } from '../computer/virtual-registry';
import { VirtualServices } from '../computer/virtual-services';
import type { CommandScript } from './virtual-command';
import { startRunner, type RunnerSurroundings } from './virtual-runner';

const attempt = 'attempt-1';
const codes = { successCodes: [0] };
const ends = { name: 'Step', onSuccess: 'stopSuccess', onFailure: 'stopFailure' } as const;

/** A computer whose clock is 200 times faster, with the plan on it. */
function computerWith(steps: PlanStep[], script?: CommandScript): RunnerSurroundings & { asked: number } {
  const clock = new HostClock({ speed: 200 });
  const now = (): Date => clock.now();
  const ledger = new Ledger('PC', now);
  const registry = new VirtualRegistry(now, ledger);
  fillStandardRegistry(registry, {
    name: 'PC',
    productName: 'Windows 10',
    editionId: 'Professional',
    build: '19045',
  });
  const plan: Plan = {
    attemptName: attempt,
    maximumDurationSeconds: 3600,
    retainUntil: new Date(now().getTime() + 30 * 24 * 3600_000),
    steps,
  };
  registry.setValue(
    registry.create(`SOFTWARE\\Drover\\${attempt}`).node,
    'plan',
    RegistryType.binary,
    encodePlan(plan),
  );
  const disk = new VirtualDisk(now, ledger);
  disk.ensureFolder('Windows\\Drover');
  const services = new VirtualServices(clock, ledger);
  const around = {
    computerName: 'PC',
    bootedAt: now(),
    clock,
    ledger,
    disk,
    registry,
    services,
    script,
    asked: 0,
  };
  return Object.assign(around, { restart: () => (around.asked += 1) });
}
const progressOf = ({ disk }: RunnerSurroundings): JournalProgress =>
  foldJournal(
    decodeJournal(disk.readFile(`Windows\\Drover\\${attempt}.journal`) ?? Buffer.alloc(0), 0).records,
  );
async function carryOut(steps: PlanStep[], script?: CommandScript): Promise<JournalProgress> {
  const computer = computerWith(steps, script);
  await startRunner(`${attempt} begin`, computer).exitCode;
  return progressOf(computer);
}

describe('the simulated runner', () => {
  it('asks what criteria ask, kills, copies, waits and shows as the runner does', async () => {
    const { runs, end, damage } = await carryOut([
      {
        ...ends,
        type: 'condition',
        criteria: {
          all: [
            { type: 'os', family: 'client', operator: '>=', version: '10.0.19045', edition: 'Prof*' },
            { type: 'service', name: 'RemoteRegistry', test: 'exists' },
            { type: 'file', path: '%windir%\\none', test: 'absent' },
          ],
        },
        onSuccess: 1,
      },
      { ...ends, type: 'killProcess', image: 'x.exe', force: true, children: false, onFailure: 2 },
      { ...ends, type: 'msiUninstall', productName: 'x*', ...codes, onFailure: 3 },
      {
        ...ends,
        type: 'copyFiles',
        from: 'C:\\none',
        to: 'C:\\t',
        overwrite: 'always',
        recurse: true,
        onFailure: 4,
      },
      { ...ends, type: 'wait', seconds: 60, timeoutSeconds: 5, onFailure: 5 },
      { ...ends, type: 'message', text: 'x', title: '', seconds: 1 },
    ]);
    expect(damage).toBeUndefined();
    expect(runs.map((run) => [run.step, run.exitCode, run.ended])).toEqual([
      [0, 0, 'exited'],
      [1, 128, 'exited'],
      [2, 1605, 'exited'],
      [3, 2, 'exited'],
      [4, 1460, 'stopped'],
      [5, 0, 'exited'],
    ]);
    expect(runs[0]?.output.toString()).toContain(
      'yes  os client >= 10.0.19045 Prof*: 10.0.19045 client Professional',
    );
    expect(end?.end).toBe('stoppedSuccess');
  });

  it('tries again while another installation goes on', async () => {
    let tries = 0;
    const { runs } = await carryOut(
      [{ ...ends, type: 'process', commandLine: 'msiexec.exe /i x.msi', ...codes }],
      () => ({ exitCode: ++tries < 3 ? 1618 : 0 }),
    );
    expect(runs.map((run) => [run.exitCode, run.meaning])).toEqual([
      [1618, 'tryAgain'],
      [1618, 'tryAgain'],
      [0, undefined],
    ]);
  });

  it('goes on after a restart that it has asked for, once, and after no other', async () => {
    const computer = computerWith([
      { ...ends, type: 'restart', delaySeconds: 0, message: '', onSuccess: 1 },
      { ...ends, type: 'command', command: 'echo after', ...codes },
    ]);
    const before = startRunner(`${attempt} begin`, computer);
    await computer.ledger.waitFor((entry) => entry.event === 'stepStarted');
    expect(progressOf(computer).awaitsRestart).toMatchObject({ run: 0, step: 0, cause: 'asked' });
    before.kill('the computer restarts');
    expect(await startRunner(`${attempt} $(Arg0)`, computer).exitCode).toBe(0);
    expect(progressOf(computer).runs).toHaveLength(1);

    const later = { ...computer, bootedAt: new Date(computer.bootedAt.getTime() + 60_000) };
    expect(await startRunner(`${attempt} $(Arg0)`, later).exitCode).toBe(0);
    const { runs, end, restarts, awaitsRestart } = progressOf(computer);
    expect(runs.map((run) => [run.step, run.exitCode])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect([end?.end, restarts, awaitsRestart, computer.asked]).toEqual(['stoppedSuccess', 1, undefined, 1]);
    expect(await startRunner(`${attempt} $(Arg0)`, later).exitCode).toBe(0);
    expect(progressOf(computer).runs).toHaveLength(2);
  });

  it('stays interrupted after a restart that nobody asked for', async () => {
    const computer = computerWith([{ ...ends, type: 'wait', seconds: 600 }]);
    const before = startRunner(`${attempt} begin`, computer);
    await computer.ledger.waitFor((entry) => entry.event === 'stepStarted');
    before.kill('power cut');
    const later = { ...computer, bootedAt: new Date(computer.bootedAt.getTime() + 60_000) };
    expect(await startRunner(`${attempt} $(Arg0)`, later).exitCode).toBe(0);
    expect(progressOf(computer)).not.toHaveProperty('end');
  });
});
