/** Every file of the corpora of other tools; they are beside the repository, or where DROVER_SHARED says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validatePackage } from '@drover/domain';
import { exportPackages } from './drover/packages-document';
import { importFiles } from './import-files';

const corpora = join(process.env['DROVER_SHARED'] ?? join(__dirname, '../../../../shared'), 'corpora');
const isThere = existsSync(corpora);

const filesOf = (tool: string): { name: string; bytes: Uint8Array }[] =>
  readdirSync(join(corpora, tool), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .map((name) => ({ name: `${tool}/${name}`, bytes: readFileSync(join(corpora, tool, name)) }));

const imported = (tool: string) => importFiles(filesOf(tool));

/** The row of the table in docs/importing.md. */
const row = (tool: string) => {
  const reports = imported(tool).map(({ report }) => report);
  const sum = (of: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    files: reports.length,
    packages: sum((report) => report.packages),
    become: sum((report) => report.becomes.length),
    steps: sum((report) => report.steps),
    represented: sum((report) => report.represented),
    listed: sum((report) => report.listed.length),
    refused: sum((report) => (report.refused ? 1 : 0)),
  };
};

/** Without the folder each test says so by its name, and passes. */
const named = (sentence: string): string =>
  isThere ? sentence : `${sentence} (skipped: ../shared/corpora is absent)`;
const withCorpora = (sentence: string, test: () => void): void => {
  it(named(sentence), isThere ? test : () => undefined);
};

describe('the corpora of other tools', () => {
  withCorpora('come to the numbers of the table in docs/importing.md', () => {
    const table = readFileSync(join(__dirname, '../../../docs/importing.md'), 'utf8');
    for (const [tool, title] of [
      ['wpkg', 'WPKG'],
      ['pdq', 'PDQ Deploy'],
    ] as const) {
      const cells = [title, ...Object.values(row(tool))].join(' | ');
      expect(table.replace(/ +/g, ' ')).toContain(`| ${cells} |`);
    }
  });

  withCorpora('give packages that the catalogue saves, without a warning', () => {
    for (const { packages } of [...imported('wpkg'), ...imported('pdq')])
      for (const content of packages) expect(validatePackage(content)).toEqual({ errors: [], warnings: [] });
  });

  withCorpora('lose no file without a word', () => {
    for (const { packages, report } of [...imported('wpkg'), ...imported('pdq')]) {
      const isTold = packages.length > 0 || report.refused !== undefined || report.listed.length > 0;
      expect({ file: report.file, isTold }).toEqual({ file: report.file, isTold: true });
      expect(report.steps - report.represented).toBeLessThanOrEqual(report.listed.length);
    }
  });

  withCorpora('are refused with line and column where they are not well-formed', () => {
    const refused = imported('wpkg').flatMap(({ report }) =>
      report.refused ? [`${report.file}:${report.refused.line}:${report.refused.column}`] : [],
    );
    expect(refused).toEqual([
      'wpkg/mozilla_thunderbird_dict-de.xml:10:11',
      'wpkg/mozilla_thunderbird_dict-fr.xml:10:11',
      'wpkg/mozilla_thunderbird_dict-nl.xml:10:11',
      'wpkg/mozilla_thunderbird_lightning.xml:10:11',
      'wpkg/mozilla_thunderbird_mui_nl.xml:10:11',
      'wpkg/mozilla_thunderbird_sieve-out-of-office.xml:11:11',
      'wpkg/mozilla_thunderbird_sogo-connector.xml:11:11',
      'wpkg/templates/mozilla_thunderbird_addon.xml:2:33',
    ]);
  });

  withCorpora('come back exactly from Drover’s own export', () => {
    const packages = [...imported('wpkg'), ...imported('pdq')].flatMap((file) => file.packages);
    const bytes = Buffer.from(exportPackages(packages));
    expect(importFiles([{ name: 'all.json', bytes }])[0]?.packages).toEqual(packages);
  });
});
