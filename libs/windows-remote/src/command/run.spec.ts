import { FakeTerminal } from '../../test/fake-terminal';
import { onDrive } from './files';
import { run } from './run';
import { printable, table } from './terminal';

const unreachable = {
  WINDOWS_REMOTE_HOST: '127.31.1.99:1',
  WINDOWS_REMOTE_USER: 'Administrator',
  WINDOWS_REMOTE_PASSWORD: 'not to be seen',
};

describe('the command windows-remote', () => {
  it('explains itself', async () => {
    const terminal = new FakeTerminal();
    expect(await run(['--help'], terminal)).toBe(0);
    for (const word of ['files ls', 'files put', 'reg query', 'svc stop', 'task run', 'info'])
      expect(terminal.text).toContain(word);
  });

  it.each([
    [[], ''],
    [['files'], 'there is no "files"'],
    [['files', 'burn'], 'there is no "files burn"'],
    [['files', 'rm'], 'usage: windows-remote files rm PATH'],
    [['info', 'more'], 'usage: windows-remote info'],
    [['svc', 'list', '--password', 'x'], 'Unknown option'],
    [['reg', 'query', 'SOFTWARE', '--view', '16'], '--view is 64 or 32'],
    [['svc', 'list', '--encryption', 'no'], '--encryption is preferred or required'],
    [['svc', 'list', '--host', 'a:b:c'], 'no address'],
    [['constructor', 'name'], 'there is no "constructor name"'],
  ])('refuses %j', async (line, complaint) => {
    const terminal = new FakeTerminal(unreachable);
    expect(await run(line, terminal)).toBe(2);
    expect(terminal.complaints).toContain(complaint);
  });

  it('does not go on without computer, account or password', async () => {
    const { WINDOWS_REMOTE_HOST: host, WINDOWS_REMOTE_USER: user } = unreachable;
    for (const [environment, complaint] of [
      [{}, 'which computer?'],
      [{ WINDOWS_REMOTE_HOST: host }, 'which account?'],
      [{ WINDOWS_REMOTE_HOST: host, WINDOWS_REMOTE_USER: user }, 'which password?'],
    ] as const) {
      const terminal = new FakeTerminal(environment);
      expect(await run(['info'], terminal)).toBe(2);
      expect(terminal.complaints).toContain(complaint);
    }
  });

  it('says by its exit code that a computer cannot be reached, and never the password', async () => {
    const terminal = new FakeTerminal(unreachable);
    expect(await run(['info'], terminal)).toBe(3);
    expect(terminal.complaints).toContain('(unreachable: connectionRefused)');
    expect(terminal.complaints).not.toContain('not to be seen');
  });
});

describe('what the command prints', () => {
  it('is free of what would move the cursor', () => {
    expect(printable('a\u001b[2Jb\u202ec')).toBe('a�[2Jb�c');
    expect(table([['a\nb', 'c']])).toBe('a�b  c\n');
  });

  it('stands in columns', () => {
    expect(
      table([
        ['1', 'one'],
        ['100', 'hundred'],
      ]),
    ).toBe('1    one\n100  hundred\n');
  });
});

describe('a path on the drive', () => {
  it.each([
    ['C:\\Windows\\Temp\\', 'Windows\\Temp'],
    ['c:/Windows/Temp', 'Windows\\Temp'],
    ['Windows', 'Windows'],
    ['C:\\', ''],
  ])('%s', (path, found) => expect(onDrive(path)).toBe(found));
});
