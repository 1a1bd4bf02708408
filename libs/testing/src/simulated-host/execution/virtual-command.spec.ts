import { interpretCommand } from './virtual-command';

const around = {
  computerName: 'PC-1',
  readFile: (path: string) => (path === 'C:\\a.txt' ? Buffer.from('content') : undefined),
};
/** The outcome in one line: outputs quoted, waits in seconds, files, exit code. */
const outcome = (command: string): string => {
  const { actions, exitCode } = interpretCommand(command, around);
  const said = actions.map((action) => {
    if (action.do === 'wait') return `${action.ms / 1000}s`;
    if (action.do === 'output') return JSON.stringify(action.text);
    return `${action.path}${action.append ? '+=' : '='}${JSON.stringify(action.text)}`;
  });
  return [...said, exitCode].join(' ');
};

describe('a command on a simulated computer', () => {
  it.each([
    ['echo hello', '"hello\\r\\n" 0'],
    ['exit 3010', '3010'],
    ['exit /b -1', '4294967295'],
    ['echo a & exit 5', '"a \\r\\n" 5'],
    ['exit 1\necho never', '1'],
    [
      'type C:\\none.txt || echo absent',
      '"The system cannot find the file specified.\\r\\n" "absent\\r\\n" 0',
    ],
    ['type C:\\a.txt && echo there', '"content" "there\\r\\n" 0'],
    ['ping -n 4 127.0.0.1 > nul', '3s 0'],
    ['timeout /t 7 /nobreak', '7s 0'],
    ['echo x> %windir%\\Temp\\y.txt', 'C:\\Windows\\Temp\\y.txt="x\\r\\n" 0'],
    ['echo "a & b"', '"\\"a & b\\"\\r\\n" 0'],
    ['echo a ^& b', '"a & b\\r\\n" 0'],
    ['cmd.exe /c whoami', '"nt authority\\\\system\\r\\n" 0'],
    ['"C:\\Program Files\\setup.exe" /quiet', '"setup: the operation completed successfully.\\r\\n" 0'],
  ])('%s', (command, expected) => {
    expect(outcome(command)).toBe(expected);
  });

  it('does what the test says where it says something', () => {
    const script = (command: string) =>
      command === 'setup' ? { exitCode: 1603, output: 'failed', durationMs: 10 } : undefined;
    expect(interpretCommand('setup', { ...around, script })).toEqual({
      actions: [
        { do: 'output', text: 'failed' },
        { do: 'wait', ms: 10 },
      ],
      exitCode: 1603,
    });
    expect(interpretCommand('exit 2', { ...around, script }).exitCode).toBe(2);
  });
});
