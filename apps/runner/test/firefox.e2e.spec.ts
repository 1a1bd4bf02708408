/** The worked example of the reference product's documentation: seven steps, each of its paths, under Wine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { actionOf, type Criterion, type PlanStep, type Step } from '@drover/domain';
import { whyNoWine, WineComputer } from '@drover/testing';
import { WineAttempts } from './wine-attempts';

jest.setTimeout(120_000);
const underWine = whyNoWine() ? describe.skip : describe; // tidy: skipped by name where Wine is not installed

const common = { id: 's', name: 'Step', onSuccess: { go: 'next' }, onFailure: { go: 'next' } } as const;
type AnyStep = Omit<Step, keyof typeof common>;
const codes = { successCodes: [0, 1641, 3010] };
const condition = (criteria: Criterion) => ({ type: 'condition', criteria }) as const;

underWine('the Firefox example', () => {
  let computer: WineComputer;
  let attempts: WineAttempts;
  const t = (name: string): string => computer.path('t', name);

  beforeAll(async () => {
    computer = await WineComputer.start();
    attempts = new WineAttempts(computer);
  });
  afterAll(() => computer.close());

  const exists = (path: string): Criterion => ({ type: 'file', path, test: 'exists' });
  const steps = (is64: boolean): PlanStep[] => {
    const stepOf = (
      step: AnyStep,
      onSuccess: PlanStep['onSuccess'],
      onFailure: PlanStep['onFailure'],
    ): PlanStep => ({
      ...actionOf({ ...common, ...step } as Step),
      name: 'Step',
      onSuccess,
      onFailure,
    });
    const uninstall = (folder: string): AnyStep =>
      ({ type: 'command', command: `type "c:\\t\\${folder}\\helper.exe"`, ...codes }) as AnyStep;
    return [
      stepOf(condition(is64 ? { type: 'architecture', is: 64 } : { type: 'architecture', is: 32 }), 1, 2),
      stepOf(condition(exists('C:\\t\\ff64\\firefox.exe')), 3, 'stopSuccess'),
      stepOf(condition(exists('C:\\t\\ff32\\firefox.exe')), 4, 'stopSuccess'),
      stepOf(condition(exists('C:\\t\\ff64\\helper.exe')), 5, 'stopFailure'),
      stepOf(condition(exists('C:\\t\\ff32\\helper.exe')), 6, 'stopFailure'),
      stepOf(uninstall('ff64'), 'stopSuccess', 'stopFailure'),
      stepOf(uninstall('ff32'), 'stopSuccess', 'stopFailure'),
    ];
  };

  it.each([
    [true, '', [0, 1], 'stoppedSuccess'],
    [true, 'firefox.exe', [0, 1, 3], 'stoppedFailure'],
    [true, 'helper.exe', [0, 1, 3, 5], 'stoppedSuccess'],
    [false, '', [0, 2], 'stoppedSuccess'],
    [false, 'firefox.exe', [0, 2, 4], 'stoppedFailure'],
    [false, 'helper.exe', [0, 2, 4, 6], 'stoppedSuccess'],
  ])('64 bit %s, with “%s” added, takes the steps %j', async (is64, added, path, expected) => {
    const folder = t(is64 ? 'ff64' : 'ff32');
    mkdirSync(folder, { recursive: true });
    if (added) writeFileSync(`${folder}/${added}`, 'x');
    const { runs, end } = await attempts.carryOut(steps(is64));
    expect([runs.map(({ step }) => step), end?.end]).toEqual([path, expected]);
  });

  it('fails when the uninstaller fails', async () => {
    const failing = steps(true).map((step, index) =>
      index === 5 && step.type === 'command' ? { ...step, command: 'exit 1603' } : step,
    );
    const { runs, end } = await attempts.carryOut(failing);
    expect([runs.at(-1)?.exitCode, end?.end, end?.lastExitCode]).toEqual([1603, 'stoppedFailure', 1603]);
  });
});
