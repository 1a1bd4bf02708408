/** Every type of step and criterion under Wine, with real files, registry views, products, scripts and processes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { actionOf, type Criterion, type PlanStep, type Step } from '@drover/domain';
import { waitFor, whyNoWine, WineComputer } from '@drover/testing';
import { WineAttempts } from './wine-attempts';

jest.setTimeout(180_000);
const underWine = whyNoWine() ? describe.skip : describe; // tidy: skipped by name where Wine is not installed
const deadlineMs = 30_000;

const common = {
  id: 's',
  name: 'Step',
  onSuccess: { go: 'next' },
  onFailure: { go: 'next' },
} as const;
const codes = { successCodes: [0, 1641, 3010] };
/** Each step leads to the one behind it, whatever happens. */
const inOrder = (steps: Omit<Step, keyof typeof common>[]): PlanStep[] =>
  steps.map((step, index) => {
    const next = index + 1 < steps.length ? index + 1 : 'stopSuccess';
    return { ...actionOf({ ...common, ...step } as Step), name: 'Step', onSuccess: next, onFailure: next };
  });
const condition = (criteria: Criterion) => ({ type: 'condition', criteria }) as const;
type AnyStep = Omit<Step, keyof typeof common>;

underWine('steps under Wine', () => {
  let computer: WineComputer;
  let attempts: WineAttempts;
  const t = (name: string): string => computer.path('t', name);

  beforeAll(async () => {
    computer = await WineComputer.start();
    attempts = new WineAttempts(computer);
    await computer.run('cmd.exe /d /c start /b cmd /c exit');
  });
  afterAll(() => computer.close());

  /** What each step came to. */
  async function results(
    steps: AnyStep[],
  ): Promise<{ exitCode: number; succeeded: boolean; output: string }[]> {
    const { runs, damage } = await attempts.carryOut(inOrder(steps));
    expect(damage).toBeUndefined();
    return runs.map(({ exitCode = -1, succeeded = false, output }) => ({
      exitCode,
      succeeded,
      output: output.toString(),
    }));
  }
  const holds = async (criteria: Criterion[]): Promise<boolean[]> =>
    (await results(criteria.map(condition))).map(({ succeeded }) => succeeded);

  function writeProgram(name: string, version: string): void {
    const resource = `1 VERSIONINFO\nFILEVERSION ${version.replaceAll('.', ',')}\nBEGIN\nEND\n`;
    writeFileSync(`${t(name)}.rc`, resource);
    execFileSync('x86_64-w64-mingw32-windres', ['-O', 'coff', `${t(name)}.rc`, `${t(name)}.o`]);
    execFileSync('x86_64-w64-mingw32-gcc', [
      '-shared',
      '-nostdlib',
      '-Wl,-e,0',
      '-o',
      t(name),
      `${t(name)}.o`,
    ]);
  }

  it('compares LansweeperService.exe: absent, lower, equal and greater each take their branch', async () => {
    for (const [folder, version] of [
      ['lower', '9.2.99.1'],
      ['equal', '9.3.0.32'],
      ['greater', '9.10.0.1'],
    ] as const) {
      mkdirSync(t(folder));
      writeProgram(`${folder}/LansweeperService.exe`, version);
    }
    const ask = (folder: string, operator: '<' | '=' | '>' | '!='): Criterion => ({
      type: 'fileProperty',
      path: `%SystemDrive%\\t\\${folder}\\LansweeperService.exe`,
      property: 'version',
      operator,
      value: '9.3.0.32',
    });
    const folders = ['absent', 'lower', 'equal', 'greater'];
    const answers = await holds(
      folders.flatMap((folder) => (['<', '=', '>', '!='] as const).map((operator) => ask(folder, operator))),
    );
    const by = (row: number): boolean[] => answers.slice(row * 4, row * 4 + 4);
    expect(by(0)).toEqual([false, false, false, false]);
    expect(by(1)).toEqual([true, false, false, true]);
    expect(by(2)).toEqual([false, true, false, false]);
    expect(by(3)).toEqual([false, false, true, true]);
  });

  it('reads both registry views, numbers, variables, services, dates, and the system', async () => {
    for (const [view, name, type, data] of [
      ['64', 'Version', 'REG_SZ', '9.10'],
      ['32', 'Version', 'REG_SZ', '9.2'],
      ['32', 'Only32', 'REG_DWORD', '11'],
    ])
      await computer.run(
        `reg.exe add HKLM\\SOFTWARE\\DroverTest /v ${name} /t ${type} /d ${data} /reg:${view} /f`,
      );
    writeFileSync(t('today.txt'), '12345');
    const value = (
      name: string,
      view: '64' | '32' | 'either',
      wanted: string,
      test: 'version' | 'number',
    ): Criterion => ({
      type: 'registryValue',
      key: 'HKEY_LOCAL_MACHINE\\software\\DroverTest',
      name,
      view,
      test,
      operator: '=',
      value: wanted,
    });
    const file = { type: 'fileProperty', path: 'c:\\t\\TODAY.txt' } as const;
    const cases: [Criterion, boolean][] = [
      [value('Version', '64', '9.10', 'version'), true],
      [value('Version', '64', '9.2', 'version'), false],
      [value('Version', '32', '9.2', 'version'), true],
      [value('version', 'either', '9.2', 'version'), true],
      [value('Only32', '64', '11', 'number'), false],
      [value('Only32', 'either', '11', 'number'), true],
      [{ type: 'registryKey', key: 'HKLM\\SOFTWARE\\DroverTest', view: '64', test: 'exists' }, true],
      [{ type: 'registryKey', key: 'HKLM\\SOFTWARE\\None', view: 'either', test: 'absent' }, true],
      [{ type: 'environment', name: 'SystemDrive', test: 'equals', value: 'C:' }, true],
      [{ type: 'environment', name: 'NoSuchVariable', test: 'exists' }, false],
      [{ type: 'service', name: 'rpcss', test: 'exists' }, true],
      [{ type: 'service', name: 'no-such-service', test: 'absent' }, true],
      [{ ...file, property: 'sizeBytes', operator: '=', value: '5' }, true],
      [{ ...file, property: 'modifiedAt', operator: '>', value: '2024-01-01' }, true],
      [{ ...file, property: 'version', operator: '!=', value: '1' }, false],
      [{ type: 'file', path: 'C:\\windows\\system32', test: 'exists' }, true],
      [{ type: 'architecture', is: 64 }, true],
      [{ type: 'os', operator: '>=', version: '6.1' }, true],
      [
        { any: [{ type: 'architecture', is: 32 }, { not: { type: 'os', operator: '>', version: '99' } }] },
        true,
      ],
    ];
    expect(await holds(cases.map(([criteria]) => criteria))).toEqual(cases.map(([, answer]) => answer));
  });

  it('installs an MSI, finds it as a product, and removes it by pattern', async () => {
    writeFileSync(t('content.txt'), 'content');
    writeFileSync(
      t('product.wxs'),
      `<?xml version="1.0"?><Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
      <Product Id="12345678-1234-1234-1234-1234567890AB" Name="Drover Test Product" Version="2.5.0" Language="1033"
        Manufacturer="Drover Tests" UpgradeCode="12345678-1234-1234-1234-1234567890AC"><Package InstallerVersion="200" Compressed="yes"/>
      <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/><Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder">
      <Directory Id="D" Name="DroverTest"><Component Id="C" Guid="12345678-1234-1234-1234-1234567890AD">
      <File Id="F" Source="content.txt" KeyPath="yes"/></Component></Directory></Directory></Directory>
      <Feature Id="A" Level="1"><ComponentRef Id="C"/></Feature></Product></Wix>`,
    );
    execFileSync('wixl', ['-o', 'product.msi', 'product.wxs'], { cwd: computer.path('t'), stdio: 'pipe' });
    const entry = (version: string): AnyStep =>
      condition({
        type: 'uninstallEntry',
        name: 'drover test*',
        publisher: 'Drover*',
        operator: '>',
        version,
        view: 'either',
      });
    const remove: AnyStep = {
      type: 'msiUninstaller',
      productName: 'Drover Test P?oduct',
      version: { operator: '<', value: '3' },
      ...codes,
    } as AnyStep;
    const came = await results([
      entry('2.4'),
      { type: 'installer', file: 'C:\\t\\product.msi', parameters: '', ...codes } as AnyStep,
      entry('2.4'),
      entry('2.5.0'),
      remove,
      entry('2.4'),
      remove,
      { type: 'msiUninstaller', productCode: '{12345678-1234-1234-1234-1234567890AB}', ...codes } as AnyStep,
    ]);
    expect(came.map(({ succeeded }) => succeeded)).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(came[4]?.output).toContain('/x{12345678-1234-1234-1234-1234567890AB} /qn /norestart: 0');
    expect([came[6]?.exitCode, came[7]?.exitCode]).toEqual([1605, 1605]);
  });

  it('runs scripts by their kind and hands on their exit codes', async () => {
    writeFileSync(t('a b.vbs'), 'WScript.Echo "vbs " & WScript.Arguments(0)\r\nWScript.Quit 7\r\n');
    writeFileSync(t('c.js'), 'WScript.Echo("js " + WScript.Arguments(0)); WScript.Quit(8);\r\n');
    writeFileSync(t('d e.cmd'), '@echo cmd %1 %2\r\n@exit /b 9\r\n');
    const script = (file: string, parameters: string, interpreter?: string): AnyStep =>
      ({ type: 'script', file: `C:\\t\\${file}`, parameters, interpreter, ...codes }) as AnyStep;
    const came = await results([
      script('a b.vbs', '"x y"'),
      script('c.js', 'z'),
      script('d e.cmd', '"1 & 2" ^%'),
      script('d e.cmd', 'k', 'cmd.exe'),
      { type: 'installer', file: 'C:\\t\\none.exe', parameters: '/S', ...codes } as AnyStep,
    ]);
    expect(came.map(({ exitCode }) => exitCode).slice(0, 3)).toEqual([7, 8, 9]);
    expect(came[2]?.output).toContain('cmd "1 & 2"');
    expect([came[4]?.exitCode, came[4]?.succeeded]).toEqual([2, false]);
  });

  it('ends processes with wildcards and with their children', async () => {
    const left = (count: number): number[] =>
      computer.processes(new RegExp(`^\\S*ping(\\.exe)? -n ${count} `));
    const came = results([
      {
        type: 'command',
        command:
          'start /b cmd /c "ping -n 301 127.0.0.1 >nul & rem tree" & copy c:\\windows\\system32\\ping.exe c:\\t\\lonely-one.exe & start /b c:\\t\\lonely-one.exe -n 302 127.0.0.1',
        ...codes,
      } as AnyStep,
      { type: 'wait', seconds: 1 } as AnyStep,
      { type: 'killProcess', image: 'LONELY-*.exe', force: true, children: false } as AnyStep,
      { type: 'killProcess', image: 'lonely-*.exe', force: true, children: false } as AnyStep,
      { type: 'killProcess', image: 'cmd.exe', force: true, children: true } as AnyStep,
    ]);
    expect((await came).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 128, 0]);
    expect((await came)[4]?.output).toMatch(/ping\.exe \(\d+\) ended/);
    expect(await waitFor(() => left(301).length === 0 || undefined, deadlineMs)).toBe(true);
  });

  it('copies with folders and patterns, never or only newer', async () => {
    mkdirSync(`${t('from')}/sub`, { recursive: true });
    writeFileSync(`${t('from')}/a.txt`, 'a');
    writeFileSync(`${t('from')}/b.bin`, 'b');
    writeFileSync(`${t('from')}/sub/c.txt`, 'c');
    const copy = (
      from: string,
      to: string,
      overwrite: 'always' | 'newer' | 'never',
      recurse: boolean,
    ): AnyStep => ({ type: 'copyFiles', from, to: `%SystemDrive%\\t\\${to}`, overwrite, recurse }) as AnyStep;
    const came = await results([
      copy('C:\\t\\from', 'to\\deep', 'always', true),
      copy('C:\\t\\from\\*.txt', 'flat', 'always', false),
      copy('C:\\t\\from\\b.bin', 'flat', 'never', false),
      copy('C:\\t\\from\\b.bin', 'flat', 'never', false),
      copy('C:\\t\\from\\b.bin', 'flat', 'newer', false),
      copy('C:\\t\\from\\b.bin', 'flat', 'always', false),
      copy('C:\\t\\none', 'flat', 'always', false),
    ]);
    expect(came.map(({ exitCode, output }) => [exitCode, output.slice(0, 34)])).toEqual([
      [0, '3 files copied, 0 left as they wer'],
      [0, '1 files copied, 0 left as they wer'],
      [0, '1 files copied, 0 left as they wer'],
      [0, '0 files copied, 1 left as they wer'],
      [0, '0 files copied, 1 left as they wer'],
      [0, '1 files copied, 0 left as they wer'],
      [2, '0 files copied, 0 left as they wer'],
    ]);
    expect(readFileSync(`${t('to')}/deep/sub/c.txt`, 'latin1')).toBe('c');
    expect(existsSync(`${t('flat')}/b.bin`)).toBe(true);
  });

  it('stops a step at its own time limit, with what it has started, and nothing else', async () => {
    const [first, slow, after] = inOrder([
      { type: 'command', command: 'start /b ping -n 303 127.0.0.1 >nul', ...codes } as AnyStep,
      {
        type: 'command',
        command: 'start /b ping -n 304 127.0.0.1 >nul & ping -n 305 127.0.0.1',
        ...codes,
      } as AnyStep,
      { type: 'command', command: 'echo after', ...codes } as AnyStep,
    ]) as [PlanStep, PlanStep, PlanStep];
    const { runs, end } = await attempts.carryOut([first, { ...slow, timeoutSeconds: 3 }, after]);
    expect(runs.map(({ ended, exitCode }) => [ended, exitCode])).toEqual([
      ['exited', 0],
      ['stopped', 1460],
      ['exited', 0],
    ]);
    expect(end?.end).toBe('stoppedSuccess');
    const running = (count: number): number[] =>
      computer.processes(new RegExp(`^\\S*ping(\\.exe)? -n ${count} `));
    expect(
      await waitFor(() => running(304).length + running(305).length === 0 || undefined, deadlineMs),
    ).toBe(true);
    expect(running(303)).toHaveLength(1);
    for (const id of running(303)) process.kill(id, 'SIGKILL');
  });

  it('says what exit codes mean, and waits for the Windows Installer before it tries again', async () => {
    writeFileSync(
      t('busy.c'),
      '#include <windows.h>\nint main(void){HANDLE m=CreateMutexA(0,TRUE,"Global\\\\_MSIExecute");Sleep(9000);ReleaseMutex(m);return 0;}',
    );
    execFileSync('x86_64-w64-mingw32-gcc', ['-o', t('busy.exe'), t('busy.c')]);
    const { runs } = await attempts.carryOut(
      inOrder([
        { type: 'command', command: 'exit 3010', ...codes } as AnyStep,
        { type: 'command', command: 'start /b c:\\t\\busy.exe', ...codes } as AnyStep,
        {
          type: 'command',
          command: 'if exist c:\\t\\tried (exit 0) else (echo x>c:\\t\\tried & exit 1618)',
          ...codes,
        } as AnyStep,
        { type: 'command', command: 'exit 77', successCodes: [], anyCode: true } as AnyStep,
      ]),
    );
    expect(runs.map(({ exitCode, meaning, succeeded }) => [exitCode, meaning, succeeded])).toEqual([
      [3010, 'restartNeeded', true],
      [0, undefined, true],
      [1618, 'tryAgain', false],
      [0, undefined, true],
      [77, undefined, true],
    ]);
    const waitedMs = Number(runs[3]?.startedAt) - Number(runs[2]?.endedAt);
    expect(waitedMs).toBeGreaterThan(7000);
  });

  it('goes on with the next step after the restart that it asked for, once', async () => {
    const steps = inOrder([
      { type: 'command', command: 'echo before>> c:\\t\\order.txt', ...codes } as AnyStep,
      { type: 'restart', delaySeconds: 0, message: 'Neustart' } as AnyStep,
      { type: 'command', command: 'echo after>> c:\\t\\order.txt', ...codes } as AnyStep,
    ]);
    const attempt = await attempts.prepare(steps);
    // It ends with Wine, without a result.
    const first = Promise.allSettled([attempts.start(attempt)]);
    expect(await waitFor(() => attempts.read(attempt).awaitsRestart, deadlineMs)).toMatchObject({
      step: 1,
      cause: 'asked',
    });
    await computer.restart();
    await first;
    expect(await attempts.start(attempt, '$(Arg0)')).toBe(0);
    const { runs, end, restarts, damage } = attempts.read(attempt);
    expect(damage).toBeUndefined();
    expect([end?.end, restarts, runs.map(({ step, succeeded }) => [step, succeeded])]).toEqual([
      'stoppedSuccess',
      1,
      [
        [0, true],
        [1, true],
        [2, true],
      ],
    ]);
    expect(await attempts.start(attempt, '$(Arg0)')).toBe(0);
    expect(await attempts.start(attempt)).toBe(183);
    expect(readFileSync(t('order.txt'), 'latin1').split(/\s+/)).toEqual(['before', 'after', '']);
  });

  it('never goes on after a restart that it did not ask for', async () => {
    const attempt = await attempts.prepare(
      inOrder([
        { type: 'command', command: 'echo working & ping -n 306 127.0.0.1 >nul', ...codes } as AnyStep,
      ]),
    );
    // It ends with Wine, without a result.
    const first = Promise.allSettled([attempts.start(attempt)]);
    await waitFor(
      () => attempts.read(attempt).runs[0]?.output.toString().includes('working') || undefined,
      deadlineMs,
    );
    await computer.restart();
    await first;
    expect(await attempts.start(attempt, '$(Arg0)')).toBe(0);
    expect(attempts.read(attempt)).not.toHaveProperty('end');
    expect(attempts.read(attempt).runs).toHaveLength(1);
  });
});
