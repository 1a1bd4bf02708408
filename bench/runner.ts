/**
 * What the runner adds to a command: under Wine, which is all that can be measured here, a plan of many empty steps beside
 * the same commands started one after the other by cmd.exe itself. The journal is synced to the disk twice a step,
 * and each step gets a console of its own, which Wine takes long to make and cmd.exe's commands here share.
 */
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJournal, encodePlan, foldJournal, type PlanStep } from '@drover/domain';
import { waitFor, whyNoWine, WineComputer } from '@drover/testing';
import { report, type Figure } from './report';

const executable = join(__dirname, '..', 'apps', 'runner', 'bin', 'runner-x64.exe');
const stepCount = 40;
const attempt = 'bench-1';
const processesEndWithinMs = 10_000;

export async function benchRunner(): Promise<void> {
  const figures: Figure[] = [
    { name: 'executable', value: statSync(executable).size / 1024, unit: 'KiB', aim: 256, better: 'lower' },
  ];
  const missing = whyNoWine();
  if (missing) console.log(`per-step figures are left out: ${missing}`);
  else figures.push(...(await stepFigures()));
  report('runner', figures, {});
}

async function stepFigures(): Promise<Figure[]> {
  const computer = await WineComputer.start();
  try {
    copyFileSync(executable, computer.path('windows', 'Drover', 'runner-x64.exe'));
    const plan = {
      attemptName: attempt,
      maximumDurationSeconds: 600,
      retainUntil: new Date(Date.now() + 864e5),
      steps: steps(),
    };
    await computer.setValue(`SOFTWARE\\Drover\\${attempt}`, 'plan', encodePlan(plan));
    await computer.run('cmd.exe /d /s /c "cmd /d /s /c ver"');

    const line = `for /l %i in (1,1,${stepCount}) do @cmd /d /s /c ver`;
    const bareMs = await milliseconds(() => computer.run(`cmd.exe /d /s /c "${line}"`));
    const wholeMs = await milliseconds(() =>
      computer.run(`C:\\windows\\Drover\\runner-x64.exe ${attempt} begin`),
    );
    const file = computer.path('windows', 'Drover', `${attempt}.journal`);
    const { runs } = foldJournal(decodeJournal(readFileSync(file), 0).records);
    if (runs.filter((run) => run.succeeded).length !== stepCount)
      throw new Error('the plan did not run to its end');
    await waitFor(() => computer.processes(/runner-x64/).length === 0 || undefined, processesEndWithinMs);
    const perStep = (ms: number): number => ms / stepCount;
    return [
      {
        name: 'one step',
        value: perStep(wholeMs),
        unit: 'ms',
        better: 'lower',
        peer: { name: 'cmd.exe', value: perStep(bareMs) },
      },
      { name: 'journal of one step', value: statSync(file).size / stepCount, unit: 'bytes', better: 'lower' },
    ];
  } finally {
    await computer.close();
  }
}

const steps = (): PlanStep[] =>
  Array.from({ length: stepCount }, (_, index) => ({
    name: `Step ${index + 1}`,
    type: 'command' as const,
    command: 'ver',
    successCodes: [0],
    onSuccess: index + 1 < stepCount ? index + 1 : ('stopSuccess' as const),
    onFailure: 'stopFailure' as const,
  }));

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
