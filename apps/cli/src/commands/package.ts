import { createPackage, getPackageVersion, listPackages, savePackage } from '@drover/contracts';
import type { Command } from 'commander';
import { table } from '../output/table';
import { counted, dateAndTime } from '../output/words';
import { examplePackage, readPackageFile } from '../package-file/read-package-file';
import { wholeNumber } from './asset';
import { optionsOf, type CommandContext } from './command-context';
import { findPackage } from './find-by-name';
import { addPackageChanges } from './package-changes';
import { addPackageTransfer } from './package-transfer';
import { describePackage } from './describe-package';

/** `drover package create|update|list|show|import|export|validate|example`. */
export function addPackageCommands(program: Command, context: CommandContext): void {
  const packages = program.command('package').description('Packages: steps with branches, in versions.');
  addCreateAndUpdate(packages, context);
  addShow(packages, context);
  addPackageChanges(packages, context);
  addPackageTransfer(packages, context);
  packages
    .command('validate')
    .description('Checks a package file without a server.')
    .argument('<file>', 'YAML or JSON')
    .action(async (file: string, _options, command: Command) => {
      const { content, warnings } = await readPackageFile(file, context.terminal.workingFolder);
      warn(context, warnings);
      context.print(
        optionsOf(command),
        { content, warnings },
        () => `${file} is a package of ${counted(content.steps.length, 'step')}.\n`,
      );
    });
  packages
    .command('example')
    .description('Prints a package file to begin with.')
    .addHelpText('after', '\nExample:\n  drover package example > hello.yaml\n')
    .action(() => context.terminal.out(examplePackage));
}

function addCreateAndUpdate(packages: Command, context: CommandContext): void {
  packages
    .command('create')
    .description('Creates a package from a file.')
    .argument('<file>', 'YAML or JSON')
    .addHelpText('after', '\nExample:\n  drover package create hello.yaml\n')
    .action(async (file: string, _options, command: Command) => {
      const options = optionsOf(command);
      const { content, warnings } = await readPackageFile(file, context.terminal.workingFolder);
      const request = { method: 'POST', path: '/packages', body: content } as const;
      const saved = await context.api(options).call(createPackage.reply, request);
      warn(context, warnings);
      context.print(options, saved, () => `Created “${saved.package.name}”, version 1.\n`);
    });
  packages
    .command('update')
    .description('Saves a file as the next version of the package that has its name.')
    .argument('<file>', 'YAML or JSON')
    .option('--version-edited <number>', 'refuse when another version is the latest', wholeNumber)
    .action(async (file: string, _options, command: Command) => {
      const options = optionsOf<{ versionEdited?: number }>(command);
      const { content, warnings } = await readPackageFile(file, context.terminal.workingFolder);
      const api = context.api(options);
      const { id, latestVersion } = await findPackage(api, content.name);
      const saved = await api.call(savePackage.reply, {
        method: 'PUT',
        path: `/packages/${id}`,
        headers: { 'if-match': `"${options.versionEdited ?? latestVersion}"` },
        body: content,
      });
      warn(context, warnings);
      context.print(
        options,
        saved,
        () => `Saved “${saved.package.name}”, version ${saved.version.version}.\n`,
      );
    });
}

function addShow(packages: Command, context: CommandContext): void {
  packages
    .command('list')
    .description('Lists packages by name.')
    .option(
      '--search <text>',
      'only those with words that begin like this in name, description, labels or steps',
    )
    .option('--label <label>', 'only those with this label')
    .option('--archived', 'archived ones too')
    .option('--limit <count>', 'at most so many', wholeNumber, 100)
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ search?: string; label?: string; archived?: true; limit: number }>(command);
      const { search, label, limit } = options;
      const includeArchived = options.archived && 'true';
      const answer = await context
        .api(options)
        .call(listPackages.reply, { path: '/packages', query: { search, label, includeArchived, limit } });
      context.print(options, answer, () =>
        answer.total === 0
          ? 'No packages. Begin with: drover package example > hello.yaml\n'
          : table(
              ['name', 'version', 'steps', 'changed', 'labels', ''],
              answer.packages.map((row) => [
                row.name,
                String(row.latestVersion),
                String(row.steps),
                dateAndTime(row.updatedAt),
                row.labels.join(', '),
                [row.isEnabled ? '' : 'disabled', row.isArchived ? 'archived' : ''].join(' ').trim(),
              ]),
            ),
      );
    });
  packages
    .command('show')
    .description('Shows a package with its steps.')
    .argument('<name>', 'its name or id')
    .option('--version <number>', 'another version than the latest', wholeNumber)
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf<{ version?: number }>(command);
      const api = context.api(options);
      const { id, latestVersion } = await findPackage(api, name);
      const path = `/packages/${id}/versions/${options.version ?? latestVersion}`;
      const answer = await api.call(getPackageVersion.reply, { path });
      context.print(options, answer, () => describePackage(answer.version));
    });
}

function warn(context: CommandContext, warnings: readonly string[]): void {
  for (const warning of warnings) context.terminal.err(`warning: ${warning}\n`);
}
