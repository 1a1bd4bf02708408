/** `drover package import` and `drover package export`: packages from other tools, and between Drovers. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createPackage, getPackageVersion, listPackages } from '@drover/contracts';
import {
  exportPackages,
  fileBytesMax,
  importFiles,
  type ImportedFile,
  type ImportReport,
} from '@drover/package-import';
import type { PackageContent } from '@drover/domain';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { table } from '../output/table';
import { counted, harmless } from '../output/words';
import { optionsOf, type Api, type CommandContext } from './command-context';
import { findPackage } from './find-by-name';

export function addPackageTransfer(packages: Command, context: CommandContext): void {
  packages
    .command('import')
    .description('Imports packages: of Drover, the reference product (XML), WPKG, PDQ Deploy, winget.')
    .argument('<files...>', 'exports or manifests; the format is recognized')
    .option('--check', 'only report what would become of the files; needs no server')
    .option('--accept-loss', 'import also what cannot be represented completely')
    .addHelpText('after', '\nExample:\n  drover package import --check Firefox.xml\n')
    .action(async (files: string[], _options, command: Command) => {
      const options = optionsOf<{ check?: boolean; acceptLoss?: boolean }>(command);
      const imported = importFiles(await readFiles(files, context.terminal.workingFolder));
      const reports = imported.map(({ report }) => report);
      if (options.check) {
        context.print(options, { files: reports }, () => describe(reports));
        if (reports.some(({ refused }) => refused)) context.exitCode = exitCodes.refused;
        return;
      }
      refuseUnaccepted(reports, options.acceptLoss ?? false);
      const saved = await save(imported, context.api(options));
      context.print(options, { files: reports, ...saved }, () => told(saved));
      if (saved.taken.length > 0) context.exitCode = exitCodes.conflict;
    });
  packages
    .command('export')
    .description('Writes packages as JSON that an import reads back exactly.')
    .argument('[names...]', 'names or ids')
    .option('--all', 'every package')
    .option('--output <file>', 'into a file instead of standard output')
    .addHelpText('after', '\nExample:\n  drover package export --all --output packages.json\n')
    .action(async (names: string[], _options, command: Command) => {
      const options = optionsOf<{ all?: boolean; output?: string }>(command);
      if ((names.length === 0) !== (options.all ?? false))
        throw new Failure(exitCodes.usage, 'name the packages, or say --all');
      const api = context.api(options);
      const ids = options.all
        ? await everyPackage(api)
        : await Promise.all(names.map((name) => findPackage(api, name)));
      const text = exportPackages(await latest(api, ids));
      if (options.output === undefined) context.terminal.out(text);
      else await writeFile(resolve(context.terminal.workingFolder, options.output), text);
    });
}

async function readFiles(
  files: readonly string[],
  workingFolder: string,
): Promise<{ name: string; bytes: Uint8Array }[]> {
  const read: { name: string; bytes: Uint8Array }[] = [];
  for (const name of files) {
    const path = resolve(workingFolder, name);
    try {
      const { size } = await stat(path);
      // One byte more than the importer takes is enough for it to say so.
      const bytes = size > fileBytesMax ? new Uint8Array(fileBytesMax + 1) : await readFile(path);
      read.push({ name, bytes });
    } catch (error) {
      const code = typeof error === 'object' && error && 'code' in error ? String(error.code) : 'unknown';
      const remedy = 'Check the name of the file.';
      throw new Failure(exitCodes.notFound, `cannot read ${name} (${code})`, remedy, [], error);
    }
  }
  return read;
}

/** All files or none: an operator who has to look at one file looks at it before anything is saved. */
function refuseUnaccepted(reports: readonly ImportReport[], isLossAccepted: boolean): void {
  const refused = reports.filter((report) => report.refused);
  if (refused.length > 0)
    throw new Failure(
      exitCodes.refused,
      'nothing is imported: a file cannot be read',
      'Import the others without it.',
      refused.map(refusal),
    );
  const listed = reports.flatMap((report) => listedLines(report));
  if (listed.length > 0 && !isLossAccepted)
    throw new Failure(
      exitCodes.refused,
      `nothing is imported: ${counted(listed.length, 'thing')} cannot be represented`,
      'To import everything else: --accept-loss',
      listed,
    );
}

interface Saved {
  created: string[];
  /** Names that other packages have; those are left as they are. */
  taken: string[];
}

async function save(imported: readonly ImportedFile[], api: Api): Promise<Saved> {
  const saved: Saved = { created: [], taken: [] };
  for (const content of imported.flatMap(({ packages }) => packages)) {
    const isCreated = await create(api, content);
    (isCreated ? saved.created : saved.taken).push(content.name);
  }
  return saved;
}

async function create(api: Api, content: PackageContent): Promise<boolean> {
  try {
    await api.call(createPackage.reply, { method: 'POST', path: '/packages', body: content });
    return true;
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.conflict) return false;
    throw error;
  }
}

const pageSize = 1000;

/** A page after the other: what is archived stays out. */
async function everyPackage(api: Api): Promise<{ id: string; latestVersion: number }[]> {
  const found: { id: string; latestVersion: number }[] = [];
  for (let after: string | undefined; ;) {
    const query = { limit: pageSize, after };
    const { packages } = await api.call(listPackages.reply, { path: '/packages', query });
    found.push(...packages);
    after = packages.at(-1)?.name;
    if (packages.length < pageSize || after === undefined) return found;
  }
}

async function latest(
  api: Api,
  found: readonly { id: string; latestVersion: number }[],
): Promise<PackageContent[]> {
  const contents: PackageContent[] = [];
  for (const { id, latestVersion } of found) {
    const path = `/packages/${id}/versions/${latestVersion}`;
    contents.push((await api.call(getPackageVersion.reply, { path })).version.content);
  }
  return contents;
}

function describe(reports: readonly ImportReport[]): string {
  const rows = reports.map((report) => [
    harmless(report.file),
    report.format ?? '',
    String(report.packages),
    String(report.becomes.length),
    String(report.steps),
    String(report.represented),
    String(report.listed.length),
    report.refused ? 'refused' : '',
  ]);
  const lines = reports.flatMap((report) => [
    ...(report.refused ? [refusal(report)] : []),
    ...listedLines(report),
  ]);
  const header = ['file', 'format', 'packages', 'become', 'steps', 'represented', 'listed', ''];
  return `${table(header, rows)}${lines.map((line) => `${line}\n`).join('')}`;
}

const refusal = ({ file, refused }: ImportReport): string =>
  harmless(`${file}:${refused?.line ?? 1}:${refused?.column ?? 1}: ${refused?.reason ?? ''}`);

const listedLines = ({ file, listed }: ImportReport): string[] =>
  listed.map(({ package: name, step, what, reason, line }) => {
    const place = line === undefined ? file : `${file}:${line}`;
    return harmless(`${place}: “${name}”${step === '' ? '' : `, ${step}`}: ${what}: ${reason}`);
  });

const told = ({ created, taken }: Saved): string =>
  [
    `Imported ${counted(created.length, 'package')}.\n`,
    ...taken.map(
      (name) => `“${harmless(name)}” is the name of a package that is there; it is left as it is.\n`,
    ),
  ].join('');
