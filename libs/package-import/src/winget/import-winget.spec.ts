import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultingCommand, validatePackage } from '@drover/domain';
import { importFiles } from '../import-files';

const fixture = (name: string) => ({
  name,
  bytes: readFileSync(join(__dirname, '../../test/fixtures', name)),
});
const written = (text: string) => importFiles([{ name: 'a.yaml', bytes: Buffer.from(text) }])[0];

describe('winget manifests', () => {
  it('become one package: the installer for the architecture, its silent switches, its codes', () => {
    const [locale, installer] = importFiles([
      fixture('Example.Tool.locale.en-US.yaml'),
      fixture('Example.Tool.installer.yaml'),
    ]);
    expect(locale?.report).toMatchObject({ format: 'winget', packages: 0, listed: [] });
    const [found] = installer?.packages ?? [];
    if (!found) throw new Error('no package');
    expect(validatePackage(found).errors).toEqual([]);
    expect(found).toMatchObject({
      name: 'Example Tool 2.1.0',
      description: 'A tool for examples.\n\nwinget Example.Tool 2.1.0 by Example Ltd.',
    });
    expect(found.steps.map((step) => [step.id, resultingCommand(step)])).toEqual([
      ['if-install-64', 'if (Windows is 64 bit and Windows version >= 10.0.17763)'],
      [
        'install-64',
        'msiexec.exe /i "{PackageShare}\\Installers\\Example.Tool\\tool 2.1-x64.msi" /qn /norestart ALLUSERS=1',
      ],
      ['if-install-32', 'if Windows version >= 10.0.17763'],
      [
        'install-32',
        '"{PackageShare}\\Installers\\Example.Tool\\tool-2.1-x86.exe" /SP- /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /MERGETASKS=!desktopicon',
      ],
    ]);
    expect(found.steps[3]).toMatchObject({ successCodes: [0, 8], restartNeededCodes: [8] });
    expect(installer?.report).toMatchObject({ steps: 3 });
    expect(installer?.report.listed.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'InstallerUrl: https://example.com/tool-2.1-x86.exe',
        'Architecture: arm64',
        expect.stringContaining('Example.Runtime') as string,
      ]),
    );
  });

  it('list a type that Drover does not install, and an installer without silent switches', () => {
    const manifest = (type: string): string =>
      `PackageIdentifier: A.B\nPackageVersion: 1\nInstallers:\n- Architecture: x64\n  InstallerType: ${type}\n  InstallerUrl: https://example.com/a.exe\nManifestType: singleton\n`;
    expect(written(manifest('msix'))).toMatchObject({ packages: [], report: { steps: 1, represented: 0 } });
    expect(written(manifest('exe'))?.report.listed.map(({ what }) => what)).toContain('InstallerSwitches');
    expect(written(manifest('nullsoft'))?.packages[0]?.steps.map(resultingCommand)).toContain(
      '"{PackageShare}\\Installers\\A.B\\a.exe" /S',
    );
  });

  it('are refused with line and column when they are no YAML', () => {
    expect(written('PackageIdentifier: A.B\nInstallers:\n  - a: [1\n')?.report.refused).toMatchObject({
      line: 4,
    });
  });
});
