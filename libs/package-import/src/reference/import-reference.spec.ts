import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultingCommand, validatePackage, type Step } from '@drover/domain';
import { importFiles, type ImportedFile } from '../import-files';

const fixture = readFileSync(join(__dirname, '../../test/fixtures/firefox-removal.xml'));

const imported = (bytes: Uint8Array): ImportedFile => {
  const [file] = importFiles([{ name: 'package.xml', bytes }]);
  if (!file) throw new Error('no file');
  for (const found of file.packages) expect(validatePackage(found).errors).toEqual([]);
  return file;
};

const ofSteps = (steps: string, options = ''): ImportedFile =>
  imported(Buffer.from(`<Package><Name>A</Name>${options}<Steps>${steps}</Steps></Package>`));

const step = (type: number, members: string, success = '-1', failure = '-3'): string =>
  `<Step><Nr>1</Nr><Name>S</Name><Type>${type}</Type><ReturnCodes>0</ReturnCodes><Success>${success}</Success><Failure>${failure}</Failure>${members}</Step>`;

const only = (file: ImportedFile): Step => {
  const [found] = file.packages[0]?.steps ?? [];
  if (!found) throw new Error('no step');
  return found;
};

describe('the reference product’s XML', () => {
  it('keeps the seven steps of the worked example with each of their branches', () => {
    const { packages, report } = imported(fixture);
    expect(report).toMatchObject({ format: 'reference', packages: 1, steps: 7, represented: 7, listed: [] });
    const branches = packages[0]?.steps.map(({ onSuccess, onFailure }) =>
      [onSuccess, onFailure].map((branch) => (branch.go === 'step' ? branch.step : branch.go)),
    );
    expect(branches).toEqual([
      ['step-2', 'step-3'],
      ['step-4', 'stopSuccess'],
      ['step-5', 'stopSuccess'],
      ['step-6', 'stopFailure'],
      ['step-7', 'stopFailure'],
      ['stopSuccess', 'stopFailure'],
      ['stopSuccess', 'stopFailure'],
    ]);
    expect(packages[0]).toMatchObject({ rescan: true, runMode: 'select', maximumDurationSeconds: 900 });
    expect(packages[0]?.steps[2]).toMatchObject({
      criteria: { type: 'file', path: 'C:\\Program Files\\Mozilla Firefox\\firefox.exe', test: 'exists' },
    });
  });

  it.each([
    [
      '{PackageShare}\\Installers\\a.msi',
      'X=1',
      'msiexec.exe /i "{PackageShare}\\Installers\\a.msi" /qn /norestart X=1',
    ],
    ['{PackageShare}\\Installers\\a.exe', '/silent', '"{PackageShare}\\Installers\\a.exe" /silent'],
  ])('knows an installer whose command is its own: %s', (path, parameters, command) => {
    const members = `<Path>${path}</Path><Parameters>${parameters}</Parameters><MSIParameters>${parameters}</MSIParameters><Command>${command}</Command><EditMode>False</EditMode>`;
    const found = only(ofSteps(step(1, members)));
    expect(found).toMatchObject({ type: 'installer', file: path, parameters });
    expect(found).not.toHaveProperty('commandLine');
    expect(resultingCommand(found)).toBe(command);
  });

  it('runs exactly the command of the file where it was edited by hand, or differs', () => {
    const members = '<Path>{PackageShare}\\a.msi</Path><Command>msiexec /a "{PackageShare}\\a.msi"</Command>';
    for (const edit of ['True', 'False'])
      expect(only(ofSteps(step(1, `${members}<EditMode>${edit}</EditMode>`)))).toMatchObject({
        type: 'installer',
        commandLine: 'msiexec /a "{PackageShare}\\a.msi"',
      });
  });

  it('reads the killing of processes, scripts and the removal of products', () => {
    expect(only(ofSteps(step(3, '<Command>taskkill /im firefox.exe /f /t</Command>')))).toMatchObject({
      type: 'killProcess',
      image: 'firefox.exe',
      force: true,
      children: true,
    });
    expect(
      only(
        ofSteps(
          step(
            4,
            '<Path>{PackageShare}\\a.vbs</Path><Parameters>1</Parameters><Command>"{PackageShare}\\a.vbs" 1</Command>',
          ),
        ),
      ),
    ).toMatchObject({ type: 'script', file: '{PackageShare}\\a.vbs', parameters: '1' });
    const code = '{12345678-1234-1234-1234-123456789ABC}';
    expect(only(ofSteps(step(6, `<Command>msiexec.exe /x ${code} /qn /norestart</Command>`)))).toMatchObject({
      type: 'msiUninstaller',
      productCode: code,
    });
    expect(only(ofSteps(step(6, '<MSIName>7-Zip</MSIName><MSIVersion>9.20</MSIVersion>')))).toMatchObject({
      productName: '7-Zip',
      version: { operator: '=', value: '9.20' },
    });
  });

  it('lists numbers whose meaning is not known with their value, and lets such a condition fail', () => {
    const row =
      '<Conditions><Condition><Type>7</Type><SpecOne>HKLM\\X</SpecOne><SpecTwo>v</SpecTwo><Operator>3</Operator><Value>1.2</Value></Condition></Conditions>';
    const options =
      '<ShutdownOption>2</ShutdownOption><ShutdownTime>60</ShutdownTime><RunMode>1</RunMode><Odd>x</Odd>';
    const file = ofSteps(step(5, row, '-2', '9'), options);
    expect(file.report).toMatchObject({ steps: 1, represented: 0 });
    expect(file.report.listed.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        '<ShutdownOption>2 <ShutdownTime>60',
        '<RunMode>1',
        '<Odd>x',
        '<Failure>9',
        'Type 7, SpecOne HKLM\\X, SpecTwo v, Operator 3, Value 1.2',
      ]),
    );
    expect(only(file)).toMatchObject({
      type: 'command',
      successCodes: [0],
      onFailure: { go: 'stopFailure' },
    });
    expect(resultingCommand(only(file))).toMatch(/exit 1$/);
    expect(file.packages[0]?.finalAction.do).toBe('none');
  });
});
