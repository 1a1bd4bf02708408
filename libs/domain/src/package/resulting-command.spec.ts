import { actionOf, resultingCommand } from './resulting-command';
import type { InstallerStep, ScriptStep, Step } from './step';

const around = {
  id: 'a',
  name: 'Step',
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
} as const;
const installer = (file: string, parameters = '', commandLine?: string): InstallerStep => ({
  ...around,
  type: 'installer',
  file,
  parameters,
  successCodes: [0],
  ...(commandLine !== undefined && { commandLine }),
});
const script = (file: string, parameters = '', interpreter?: string): ScriptStep => ({
  ...around,
  type: 'script',
  file,
  parameters,
  successCodes: [0],
  ...(interpreter !== undefined && { interpreter }),
});

describe('the resulting command', () => {
  it.each<[Step, string]>([
    [
      installer('{PackageShare}\\Installers\\a b.msi'),
      'msiexec.exe /i "{PackageShare}\\Installers\\a b.msi" /qn /norestart',
    ],
    [installer('X.MSI', 'ALLUSERS=1'), 'msiexec.exe /i "X.MSI" /qn /norestart ALLUSERS=1'],
    [installer('x.msp'), 'msiexec.exe /p "x.msp" /qn /norestart'],
    [installer('x.msu'), 'wusa.exe "x.msu" /quiet /norestart'],
    [installer('Setup.exe', '/silent'), '"Setup.exe" /silent'],
    [script('a.vbs', '/x'), 'cscript.exe //nologo //B "a.vbs" /x'],
    [script('a.wsf'), 'cscript.exe //nologo //B "a.wsf"'],
    [
      script('a.ps1', '-Name x'),
      'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "a.ps1" -Name x',
    ],
    [script('a b.cmd', '"c d"'), 'cmd.exe /d /s /c ""a b.cmd" "c d""'],
    [script('a.py', '-v', 'C:\\Python\\python.exe'), '"C:\\Python\\python.exe" "a.py" -v'],
  ])('of %j is what Windows needs', (step, expected) => {
    expect(resultingCommand(step)).toBe(expected);
    expect(actionOf(step)).toMatchObject({ type: 'process', commandLine: expected, tryAgainCodes: [1618] });
  });

  it('is the one edited by hand, run in a Command Prompt', () => {
    expect(actionOf(installer('x.msi', '', 'msiexec /i x.msi > %TEMP%\\log'))).toMatchObject({
      type: 'command',
      command: 'msiexec /i x.msi > %TEMP%\\log',
    });
  });

  it('carries PowerShell text encoded and shows it readable', () => {
    const step: Step = { ...around, type: 'powershell', text: 'exit "ß".Length', successCodes: [0] };
    expect(resultingCommand(step)).toContain('-Command exit "ß".Length');
    const action = actionOf(step);
    const encoded = action.type === 'process' ? (action.commandLine.split(' ').at(-1) ?? '') : '';
    expect(Buffer.from(encoded, 'base64').toString('utf16le')).toBe('exit "ß".Length');
  });

  it('of what the runner does itself is the nearest one', () => {
    const kill: Step = { ...around, type: 'killProcess', image: 'firefox.exe', force: true, children: true };
    expect(resultingCommand(kill)).toBe('taskkill /im firefox.exe /f /t');
    const condition: Step = {
      ...around,
      type: 'condition',
      criteria: {
        all: [{ type: 'architecture', is: 64 }, { not: { type: 'file', path: 'C:\\x', test: 'exists' } }],
      },
    };
    expect(resultingCommand(condition)).toBe('if (Windows is 64 bit and not file C:\\x exists)');
  });
});
