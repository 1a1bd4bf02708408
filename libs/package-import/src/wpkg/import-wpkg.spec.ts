import { resultingCommand, validatePackage, type PackageContent, type Step } from '@drover/domain';
import { importFiles, type ImportedFile } from '../import-files';
import { uninstallPattern } from './wpkg-checks';

const imported = (content: string): ImportedFile => {
  const text = `<packages>${content}</packages>`;
  const [file] = importFiles([{ name: 'test.xml', bytes: Buffer.from(text) }]);
  if (!file) throw new Error('no file');
  for (const found of file.packages) expect(validatePackage(found).errors).toEqual([]);
  return file;
};

const packageNamed = (file: ImportedFile, name: string): PackageContent => {
  const found = file.packages.find((one) => one.name === name);
  if (!found) throw new Error(`there is no package ${name}, but ${file.report.becomes.join(', ')}`);
  return found;
};

const shown = (steps: readonly Step[]): string[] =>
  steps.map((step) => {
    const [ok, ko] = [step.onSuccess, step.onFailure].map((branch) =>
      branch.go === 'step' ? branch.step : branch.go,
    );
    return `${step.id} | ${resultingCommand(step)} | ${ok} | ${ko}`;
  });

describe('WPKG packages', () => {
  it('are checked, installed and checked again', () => {
    const file = imported(`<package id="a" name="A %version%" revision="%version%-1">
      <variable name="version" value="1.2"/>
      <check type="uninstall" condition="versiongreaterorequal" path="A.*" value="%VERSION%"/>
      <install cmd='msiexec /i "%SOFTWARE%\\a-%version%.msi" /qn'><exit code="3010" reboot="false"/></install>
      <upgrade include="install"/>
    </package>`);
    expect(file.report).toMatchObject({
      packages: 1,
      steps: 2,
      represented: 2,
      listed: [],
      becomes: ['A 1.2'],
    });
    const found = packageNamed(file, 'A 1.2');
    expect(found.variables).toEqual([{ name: 'version', default: '1.2', isSecret: false }]);
    expect(found.runMode).toBe('system');
    expect(shown(found.steps)).toEqual([
      'check-1 | if “A*” >= {version} is installed | stopSuccess | do-1',
      'do-1 | msiexec /i "{PackageShare}\\a-{version}.msi" /qn | next | stopFailure',
      'verify-1 | if “A*” >= {version} is installed | stopSuccess | stopFailure',
    ]);
    expect(found.steps[1]).toMatchObject({ successCodes: [0, 3010], restartNeededCodes: [] });
  });

  it('become a package each for installing, for upgrading by other commands, and for removing', () => {
    const file = imported(`<package id="a" name="A">
      <install cmd="one"/><upgrade cmd="two"/><downgrade include="upgrade"/>
      <remove include="kill"/><remove cmd="three"/>
      <commands><command type="kill" cmd="four"><exit code="any"/></command></commands>
    </package>`);
    expect(file.report.becomes).toEqual(['A', 'A (upgrade)', 'A (remove)']);
    expect(shown(packageNamed(file, 'A (remove)').steps)).toEqual([
      'do-1 | four | next | stopFailure',
      'do-2 | three | stopSuccess | stopFailure',
    ]);
    expect(packageNamed(file, 'A (remove)').steps[0]).toMatchObject({ anyCode: true });
  });

  it('take the way of the computer’s architecture and Windows where the file tells them apart', () => {
    const file = imported(`<package id="a" name="A">
      <variable name="folder" value="%PROGRAMFILES(x86)%\\A" architecture="x64"/>
      <variable name="folder" value="%PROGRAMFILES%\\A" architecture="x86"/>
      <variable name="desktop" value="%PUBLIC%\\Desktop" os="windows 7"/>
      <install cmd='copy x "%folder%"'/>
      <remove cmd='del "%desktop%\\a.lnk"'/>
    </package>`);
    expect(shown(packageNamed(file, 'A').steps)).toEqual([
      'kind-1 | if Windows is 64 bit | next | do-1-2',
      'do-1 | copy x "%PROGRAMFILES(x86)%\\A" | stopSuccess | stopFailure',
      'do-1-2 | copy x "%PROGRAMFILES%\\A" | stopSuccess | stopFailure',
    ]);
    expect(shown(packageNamed(file, 'A (remove)').steps)[0]).toBe(
      'kind-1 | if (Windows client version >= 6.1 and Windows version < 6.2) | next | do-1-2',
    );
  });

  it('do nothing, with success, on a computer that a command is not for', () => {
    const file = imported('<package id="a" name="A"><install cmd="one" architecture="x86"/></package>');
    expect(shown(packageNamed(file, 'A').steps)).toEqual([
      'kind-1 | if Windows is 64 bit | stopSuccess | do-1-2',
      'do-1-2 | one | stopSuccess | stopFailure',
    ]);
  });

  it('skip a command whose condition does not hold', () => {
    const file = imported(`<package id="a" name="A"><install cmd="one">
      <condition><check type="file" condition="exists" path="C:\\a"/></condition></install><install cmd="two"/></package>`);
    expect(shown(packageNamed(file, 'A').steps)).toEqual([
      'if-1 | if file C:\\a exists | next | do-2',
      'do-1 | one | next | stopFailure',
      'do-2 | two | stopSuccess | stopFailure',
    ]);
  });

  it.each([
    ['%COMSPEC% /c IF EXIST "a b" del "a b"', 'IF EXIST "a b" del "a b"'],
    ['%comspec% /c set x=1&start /wait y', 'set x=1&start /wait y'],
    ['cmd.exe /c "C:\\a b\\c.cmd"', '"C:\\a b\\c.cmd"'],
    ['%COMSPEC% /S /C ""%windir%\\7z" x "a" > NUL"', '"%windir%\\7z" x "a" > NUL'],
    ['%COMSPEC% /c "dir | find "x""', 'dir | find "x"'],
    ['commander.exe /c x', 'commander.exe /c x'],
  ])('give %s to the Command Prompt as what it runs there', (written, run) => {
    const attribute = written.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/'/g, '&apos;');
    const file = imported(`<package id="a" name="A"><install cmd='${attribute}'/></package>`);
    expect(packageNamed(file, 'A').steps[0]).toMatchObject({ command: run });
  });

  it('list what Drover cannot say, by package and step, with the line', () => {
    const { report } = imported(`<package id="a" name="A" priority="10">
      <depends package-id="b"/>
      <install cmd="one" groups="admins"/>
      <install cmd="two %MISSING%" nonsense="1"/>
      <commands><command type="never" cmd="three"/></commands>
    </package>`);
    expect(report).toMatchObject({ steps: 3, represented: 0 });
    expect(report.listed.map(({ step, what, line }) => [step, what, line])).toEqual(
      expect.arrayContaining([
        ['', 'priority="10"', 1],
        ['', '<depends package-id="b">', 2],
        ['install 1', 'groups="admins"', 3],
        ['install 2', '<install nonsense="1">', 4],
        ['', '%MISSING%', 1],
        ['never 1', 'type="never"', 5],
      ]),
    );
  });

  it('run without their checks rather than with a part of them', () => {
    const file = imported(`<package id="a" name="A">
      <check type="file" condition="exists" path="C:\\a"/>
      <check type="file" condition="dateaccessnewerthan" path="C:\\a" value="-100"/><install cmd="one"/></package>`);
    expect(shown(packageNamed(file, 'A').steps)).toEqual(['do-1 | one | stopSuccess | stopFailure']);
    expect(file.report).toMatchObject({ steps: 3, represented: 2 });
  });

  it('end an include that includes itself', () => {
    const file = imported(
      '<package id="a" name="A"><install include="install"/><install cmd="one"/></package>',
    );
    expect(packageNamed(file, 'A').steps).toHaveLength(1);
  });

  it('are refused when includes multiply without end', () => {
    const twice = (type: string, included: string): string =>
      `<command type="${type}" include="${included}"/>`.repeat(2);
    const levels = Array.from({ length: 40 }, (_, level) => twice(`t${level}`, `t${level + 1}`)).join('');
    const file = imported(
      `<package id="a" name="A"><install include="t0"/><commands>${levels}</commands></package>`,
    );
    expect(file.report.refused).toMatchObject({ line: 1 });
    expect(file.packages).toEqual([]);
  });

  it.each([
    ['Notepad++', 'Notepad++'],
    ['Java(TM) 7 Update 5', 'Java(TM) 7 Update 5'],
    ['Mozilla Firefox 16 (.*)', 'Mozilla Firefox 16 *'],
    ['Visual C\\+\\+ 2008 - x64 9\\..*', 'Visual C++ 2008 - x64 9.*'],
    ['A.+', 'A?*'],
    ['A|B', undefined],
    ['A[0-9]', undefined],
    ['', undefined],
  ])('name uninstall entries: %s', (name, pattern) => {
    expect(uninstallPattern(name)).toBe(pattern);
  });
});
