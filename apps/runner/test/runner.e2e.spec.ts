/** The committed executable, on plans written by our code, under Wine: everything but Windows itself is real. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeJournal,
  encodePlan,
  fencedJournal,
  foldJournal,
  type JournalProgress,
  type Plan,
  type CommandPlanStep,
  type PlanStep,
  type RunProgress,
} from '@drover/domain';
import { waitFor, whyNoWine, WineComputer } from '@drover/testing';

jest.setTimeout(120_000);
const executable = join(__dirname, '..', 'bin', 'runner-x64.exe');
const runner = 'C:\\windows\\Drover\\runner-x64.exe';
const deadlineMs = 30_000;
const underWine = whyNoWine() ? describe.skip : describe; // tidy: skipped by name where Wine is not installed

const step = (command: string, more: Partial<CommandPlanStep> = {}): PlanStep => ({
  name: 'Step',
  type: 'command',
  command,
  successCodes: [0, 1641, 3010],
  onSuccess: 'stopSuccess',
  onFailure: 'stopFailure',
  ...more,
});

underWine('the runner under Wine', () => {
  let computer: WineComputer;
  let attempts = 0;

  beforeAll(async () => {
    computer = await WineComputer.start();
    copyFileSync(executable, computer.path('windows', 'Drover', 'runner-x64.exe'));
    mkdirSync(computer.path('t'));
    // The first start of a program by another one loads half of Wine, which would count as duration.
    await computer.run('cmd.exe /d /c start /b cmd /c exit');
    writeFileSync(computer.path('t', 'other.cmd'), '@echo other %1\r\n');
  });
  afterAll(() => computer.close());

  const journalFile = (attempt: string): string => computer.path('windows', 'Drover', `${attempt}.journal`);
  const read = (attempt: string): JournalProgress =>
    existsSync(journalFile(attempt))
      ? foldJournal(decodeJournal(readFileSync(journalFile(attempt)), 0).records)
      : foldJournal([]);
  const newAttempt = (): string => `attempt-${++attempts}`;

  async function prepare(attempt: string, steps: PlanStep[], more: Partial<Plan> = {}): Promise<void> {
    const retainUntil = new Date(Date.now() + 24 * 3600 * 1000);
    const plan = encodePlan({
      attemptName: attempt,
      maximumDurationSeconds: 60,
      retainUntil,
      steps,
      ...more,
    });
    await computer.setValue(`SOFTWARE\\Drover\\${attempt}`, 'plan', plan);
  }
  const begin = async (attempt: string): Promise<number> =>
    (await computer.run(`${runner} ${attempt} begin`)).exitCode;

  async function carryOut(
    steps: PlanStep[],
    more: Partial<Plan> = {},
  ): Promise<JournalProgress & { exitCode: number }> {
    const attempt = newAttempt();
    await prepare(attempt, steps, more);
    const exitCode = await begin(attempt);
    return { ...read(attempt), exitCode };
  }
  async function only(command: string): Promise<RunProgress> {
    const [run] = (await carryOut([step(command)])).runs;
    if (!run) throw new Error('no step has run');
    return run;
  }
  const started = (attempt: string, text: string): Promise<true | undefined> =>
    waitFor(() => read(attempt).runs[0]?.output.toString().includes(text) || undefined, deadlineMs);

  it('follows the branches and reports every exit code', async () => {
    const result = await carryOut([
      step('exit 7', { onFailure: 2 }),
      step('echo never'),
      step('exit 3010', { onSuccess: 3 }),
      step('exit -2147467259', { successCodes: [-2147467259], onSuccess: 4 }),
      step('no-such-program', { onFailure: 'stopSuccess' }),
    ]);
    expect(result.runs.map((r) => [r.step, r.exitCode, r.succeeded])).toEqual([
      [0, 7, false],
      [2, 3010, true],
      [3, 0x80004005, true],
      [4, expect.any(Number), false],
    ]);
    expect(result.end?.end).toBe('stoppedSuccess');
    expect(result.begun?.runnerVersion).toMatch(/^\d+\.\d+\.\d+$/);
    expect(result.exitCode).toBe(0);
  });

  const pings = (count = '\\d+'): number[] =>
    computer.processes(new RegExp(`^\\S*ping(\\.exe)? -n ${count} `));
  const nothingRuns = (): Promise<true | undefined> =>
    waitFor(() => pings().length === 0 || undefined, deadlineMs);

  it('ends a step and two processes that it has started at the maximum duration', async () => {
    const attempt = newAttempt();
    const twoAndItself =
      'start /b ping -n 101 127.0.0.1 >nul & start /b cmd /c "ping -n 102 127.0.0.1 >nul" & echo working & ping -n 103 127.0.0.1 >nul';
    await prepare(attempt, [step(twoAndItself)], { maximumDurationSeconds: 8 });
    const ended = begin(attempt);
    const all = (): true | undefined =>
      ['101', '102', '103'].every((n) => pings(n).length === 1) || undefined;
    expect(await waitFor(all, deadlineMs)).toBe(true);
    expect(await ended).toBe(2);
    expect(await nothingRuns()).toBe(true);
    const { runs, begun, end } = read(attempt);
    expect(runs).toMatchObject([{ ended: 'stopped', exitCode: 1460, succeeded: false }]);
    expect(runs[0]?.output.toString()).toContain('working');
    expect(end?.end).toBe('maximumDurationPassed');
    const tookMs = Number(end?.at) - Number(begun?.at);
    expect(tookMs).toBeGreaterThanOrEqual(8000);
    expect(tookMs).toBeLessThan(11_000);
  });

  it('leaves a program running that a step has started and left', async () => {
    const result = await carryOut([step('start /b ping -n 104 127.0.0.1 >nul')]);
    expect(result.end?.end).toBe('stoppedSuccess');
    const left = await waitFor(() => pings('104')[0], deadlineMs);
    expect(left).toBeDefined();
    process.kill(left as number, 'SIGKILL');
    expect(await nothingRuns()).toBe(true);
  });

  it('ends everything when the computer is told to cancel', async () => {
    const attempt = newAttempt();
    await prepare(attempt, [step('echo working & ping -n 105 127.0.0.1 >nul', { onFailure: 0 })]);
    const ended = begin(attempt);
    expect(await started(attempt, 'working')).toBe(true);
    await computer.setValue(`SOFTWARE\\Drover\\${attempt}`, 'cancel', 1);
    expect(await ended).toBe(3);
    expect(read(attempt)).toMatchObject({
      end: { end: 'cancelled' },
      runs: [{ ended: 'stopped', exitCode: 1223 }],
    });
    expect(await nothingRuns()).toBe(true);
  });

  it('reports output as UTF-8, from the code page and from UTF-8', async () => {
    expect((await only('echo Größe é')).output.toString()).toBe('Größe é\r\n');
    writeFileSync(computer.path('t', 'utf8.txt'), 'Größe, Привет, 日本\r\n');
    expect((await only('type c:\\t\\utf8.txt')).output.toString()).toBe('Größe, Привет, 日本\r\n');
  });

  it('keeps the last 64 KiB of the output and says how much is gone', async () => {
    const run = await only('for /l %i in (1,1,2500) do @echo %i 0123456789 0123456789 0123456789 0123456789');
    const whole = Array.from(
      { length: 2500 },
      (_, i) => `${i + 1} 0123456789 0123456789 0123456789 0123456789\r\n`,
    ).join('');
    expect(run.output.length).toBe(65_536);
    expect(run.droppedBytes + run.output.length).toBe(whole.length);
    expect(whole.endsWith(run.output.toString())).toBe(true);
  });

  it('refuses a second start and changes nothing', async () => {
    const attempt = newAttempt();
    await prepare(attempt, [step('echo once >> c:\\t\\once.txt')]);
    expect(await begin(attempt)).toBe(0);
    const journal = readFileSync(journalFile(attempt));
    expect(await begin(attempt)).toBe(183);
    expect(readFileSync(journalFile(attempt))).toEqual(journal);
    expect(readFileSync(computer.path('t', 'once.txt'), 'latin1').trim()).toBe('once');
  });

  it('begins once when it is started twice at the same time', async () => {
    const attempt = newAttempt();
    await prepare(attempt, [step(`echo once >> c:\\t\\${attempt}.txt & ping -n 2 127.0.0.1 >nul`)]);
    const exitCodes = await Promise.all([begin(attempt), begin(attempt), begin(attempt)]);
    expect(exitCodes.sort((a, b) => a - b)).toEqual([0, 183, 183]);
    expect(readFileSync(computer.path('t', `${attempt}.txt`), 'latin1').trim()).toBe('once');
    expect(read(attempt)).toMatchObject({ end: { end: 'stoppedSuccess' }, runs: [{ succeeded: true }] });
  });

  it('never begins once a dispatcher has fenced the attempt', async () => {
    const attempt = newAttempt();
    await prepare(attempt, [step(`echo x > c:\\t\\${attempt}.txt`)]);
    writeFileSync(journalFile(attempt), fencedJournal(new Date()));
    expect(await begin(attempt)).toBe(183);
    expect(existsSync(computer.path('t', `${attempt}.txt`))).toBe(false);
    expect(read(attempt)).toMatchObject({ fenced: true, runs: [] });
  });

  it('leaves a journal that reads as interrupted when it is killed, and nothing running', async () => {
    const attempt = newAttempt();
    await prepare(attempt, [
      step('echo first', { onSuccess: 1 }),
      step('echo second & ping -n 106 127.0.0.1 >nul'),
    ]);
    const ended = begin(attempt);
    expect(
      await waitFor(
        () => read(attempt).runs[1]?.output.toString().includes('second') || undefined,
        deadlineMs,
      ),
    ).toBe(true);
    const [id] = computer.processes(new RegExp(`runner-x64.exe ${attempt} begin`));
    process.kill(id as number, 'SIGKILL');
    await ended;
    expect(read(attempt)).toMatchObject({ runs: [{ exitCode: 0, succeeded: true }, { step: 1 }] });
    expect(read(attempt)).not.toHaveProperty('end');
    expect(read(attempt).runs[1]).not.toHaveProperty('endedAt');
    expect(await nothingRuns()).toBe(true);
    expect(await begin(attempt)).toBe(183);
  });

  it('carries out nothing without a sound plan', async () => {
    const attempt = newAttempt();
    expect(await begin(attempt)).toBe(13);
    expect(read(attempt)).toMatchObject({ runs: [], end: { end: 'stoppedFailure', lastExitCode: 13 } });
    const damaged = newAttempt();
    await computer.setValue(`SOFTWARE\\Drover\\${damaged}`, 'plan', Buffer.from('DRVP no plan'));
    expect(await begin(damaged)).toBe(13);
    expect(await begin('..\\outside')).toBe(87);
  });

  it('sweeps only after the retention has passed, and never begins without the word', async () => {
    const kept = newAttempt();
    await prepare(kept, [step('echo x > c:\\t\\swept.txt')]);
    expect((await computer.run(`${runner} ${kept} $(Arg0)`)).exitCode).toBe(0);
    expect(existsSync(journalFile(kept))).toBe(false);
    expect(await begin(kept)).toBe(0);

    const old = newAttempt();
    await prepare(old, [step('echo y')], { retainUntil: new Date(Date.now() - 1000) });
    expect(await begin(old)).toBe(0);
    expect((await computer.run(`${runner} ${old}`)).exitCode).toBe(0);
    expect(existsSync(journalFile(old))).toBe(false);
    const left = await computer.run(`reg.exe query HKLM\\SOFTWARE\\Drover`);
    expect(left.output.toString()).not.toContain(`${old}\r`);
    expect(left.output.toString()).toContain(kept);
    expect(existsSync(journalFile(kept))).toBe(true);
  });

  it('tells its version', async () => {
    expect((await computer.run(`${runner} --version`)).output.toString()).toMatch(
      /^Drover runner \d+\.\d+\.\d+\r\n$/,
    );
  });

  describe('a command', () => {
    const typed = [
      'echo "a & b" ^& c ^| d',
      'echo one&& echo two || echo three',
      'no-such-program 2>nul || echo alternative',
      'echo banana| find "nan"',
      'set "X=1" & echo %X%%OS%%%X 100%',
      'for %i in ("a b" c) do @echo [%~i]',
      'if exist c:\\t\\other.cmd (echo yes) else (echo no)',
      'cd /d c:\\t && other.cmd "x y" & exit 42',
      '"c:\\t\\other.cmd" q & ver >nul',
      'echo to stderr 1>&2',
      '(echo a& echo b)> c:\\t\\f.txt & type c:\\t\\f.txt',
      'exit -1',
      'echo x> c:\\t\\Привет.txt',
    ];
    const several: [does: string, command: string, output: string, exitCode: number][] = [
      [
        'keeps variables, folder and error level',
        'set A=1\r\ncd /d c:\\t\r\nif %A%==1 cd\r\ncmd /c exit 9',
        'c:\\t',
        9,
      ],
      ['uses for as it is typed', 'for %i in (a b) do @echo %i\necho 100%', 'a,b,100%', 0],
      ['goes on after a batch file', 'cd /d c:\\t\nother.cmd z\necho after', 'other z,after', 0],
      ['holds blocks', 'if 1==1 (\n echo yes\n) else (\n echo no\n)\necho end', 'yes,end', 0],
      ['has as many lines as it needs', 'echo 1\necho 2\n'.repeat(6), '1,2,1,2,1,2,1,2,1,2,1,2', 0],
      ['ends early', 'echo a\nexit 5\necho b', 'a', 5],
      [
        'is a batch file when it can only be one',
        'for %%i in (1 2) do echo %%i\ngoto end\necho skipped\n:end\nexit 4',
        '1,2',
        4,
      ],
      ['may hold what the code page holds', 'set A=Größe\necho %A%', 'größe', 0],
    ];
    let runs: readonly RunProgress[];

    beforeAll(async () => {
      const commands = [...typed, ...several.map(([, command]) => command)];
      const next = (index: number): PlanStep['onSuccess'] =>
        index + 1 < commands.length ? index + 1 : 'stopSuccess';
      const steps = commands.map((command, i) => step(command, { onSuccess: next(i), onFailure: next(i) }));
      runs = (await carryOut(steps)).runs;
    });

    it.each(typed.map((line, index) => [line, index] as const))(
      'of one line does what cmd.exe does: %s',
      async (line, index) => {
        const oracle = await computer.run(`cmd.exe /d /s /c "${line}"`);
        expect([runs[index]?.output.toString(), runs[index]?.exitCode]).toEqual([
          oracle.output.toString(),
          oracle.exitCode,
        ]);
      },
    );

    it('is exactly what was typed', () => {
      const outputOf = (line: string): string | undefined => runs[typed.indexOf(line)]?.output.toString();
      expect(outputOf('echo "a & b" ^& c ^| d')).toBe('"a & b" & c | d\r\n');
      expect(outputOf('cd /d c:\\t && other.cmd "x y" & exit 42')).toBe('other "x y"\r\n');
      expect(existsSync(computer.path('t', 'Привет.txt'))).toBe(true);
    });

    it.each(several.map(([does, , output, exitCode], index) => [does, output, exitCode, index] as const))(
      'of several lines %s',
      (_, output, exitCode, index) => {
        const run = runs[typed.length + index];
        const lines = (run?.output.toString() ?? '').split('\r\n').map((line) => line.trim().toLowerCase());
        expect([lines.filter((line) => line !== '').join(','), run?.exitCode]).toEqual([
          output.toLowerCase(),
          exitCode,
        ]);
      },
    );

    it('leaves no script behind', () => {
      const left = readdirSync(computer.path('windows', 'Drover'));
      expect(left.filter((name) => !/\.(journal|exe)$/.test(name))).toEqual([]);
    });
  });
});
