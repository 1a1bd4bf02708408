import { resultingCommand, validatePackage } from '@drover/domain';
import { importFiles } from '../import-files';

const step = (members: string): string =>
  `<InstallStep><FileName>$(Repository)\\a.msi</FileName><SuccessCodes>0,5</SuccessCodes>${members}<TypeName>Install</TypeName></InstallStep>`;

const imported = (steps: string, definition = '', more = '') => {
  const text = `<AdminArsenal.Export Code="PDQDeploy"><Folder><Name>Tools</Name><Children type="list"><Package>
    <PackageDefinition name="Definition">${definition}<Steps type="list">${steps}</Steps></PackageDefinition>
    <Name>A</Name><Version>1.0</Version>${more}</Package></Children></Folder></AdminArsenal.Export>`;
  const [file] = importFiles([{ name: 'a.xml', bytes: Buffer.from(text) }]);
  if (!file) throw new Error('no file');
  for (const found of file.packages) expect(validatePackage(found).errors).toEqual([]);
  return file;
};

const system = (architecture: string, version: string): string =>
  `<Conditions type="list"><PackageStepCondition><Architecture>${architecture}</Architecture><Version>${version}</Version>
  <TypeName>OperatingSystem</TypeName></PackageStepCondition></Conditions>`;

describe('PDQ Deploy exports', () => {
  it('become installer steps with the share, the codes and what follows an error', () => {
    const { packages, report } = imported(
      step('<Parameters>X=1</Parameters><ErrorMode>Continue</ErrorMode>') + step('<Title>Second</Title>'),
      '<Timeout value="30"/>',
    );
    const [found] = packages;
    expect(report).toMatchObject({ packages: 1, steps: 2, represented: 2, listed: [] });
    expect(found).toMatchObject({
      maximumDurationSeconds: 1800,
      labels: ['PDQ Deploy', 'Tools'],
      description: 'Version 1.0.',
    });
    expect(found?.steps.map(resultingCommand)[0]).toBe(
      'msiexec.exe /i "{PackageShare}\\a.msi" /qn /norestart X=1',
    );
    expect(found?.steps).toMatchObject([
      { name: 'a.msi', successCodes: [0, 5], onFailure: { go: 'next' } },
      { name: 'Second', onSuccess: { go: 'stopSuccess' }, onFailure: { go: 'stopFailure' } },
    ]);
  });

  it('skip a step on other systems, and the whole package with success', () => {
    const { packages } = imported(
      step(system('Bits64', 'All')) + step(''),
      system('Both', 'Windows10, Server2016'),
    );
    expect(packages[0]?.steps).toMatchObject([
      { id: 'if-package', onFailure: { go: 'stopSuccess' } },
      {
        id: 'if-step-1',
        criteria: { type: 'architecture', is: 64 },
        onFailure: { go: 'step', step: 'step-2' },
      },
      { id: 'step-1' },
      { id: 'step-2' },
    ]);
  });

  it('remove with Windows Installer when they say so', () => {
    const { packages } = imported(
      step('<MsiOperation>Uninstall</MsiOperation><MsiQuiet value="true"/><MsiRestart>Never</MsiRestart>'),
    );
    expect(packages[0]?.steps.map(resultingCommand)).toEqual([
      'msiexec.exe /x "{PackageShare}\\a.msi" /qn /norestart',
    ]);
  });

  it('list steps and conditions that are not known, and leave such steps out', () => {
    const reboot = '<RebootStep><TypeName>Reboot</TypeName><Wait value="5"/></RebootStep>';
    const loggedOn = `<Conditions type="list"><PackageStepCondition><IsUserLoggedOn>OnlyIfLoggedOff</IsUserLoggedOn>
      <TypeName>LoggedOnUser</TypeName></PackageStepCondition></Conditions>`;
    const { packages, report } = imported(
      step('') + reboot + step(loggedOn) + step('<IsEnabled value="false"/><Odd>1</Odd>'),
    );
    expect(packages[0]?.steps).toHaveLength(1);
    expect(report).toMatchObject({ steps: 4, represented: 1 });
    expect(report.listed.map((item) => item.what).join('\n')).toMatch(
      /Wait[^]*OnlyIfLoggedOff[^]*Odd[^]*IsEnabled/,
    );
  });
});
