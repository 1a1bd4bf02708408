/** What changes a package that is there, and what shows how it has changed. */
import {
  comparePackageVersions,
  duplicatePackage,
  editPackageSteps,
  listLabels,
  packageJsonSchema,
  packageSummary,
  type stepEdit,
} from '@drover/contracts';
import type { Branch, PackageChange } from '@drover/domain';
import type { Command } from 'commander';
import type { z } from 'zod';
import { table } from '../output/table';
import { counted, cut, harmless } from '../output/words';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { wholeNumber } from './asset';
import { optionsOf, type CommandContext } from './command-context';
import { findPackage } from './find-by-name';

export function addPackageChanges(packages: Command, context: CommandContext): void {
  addFlags(packages, context);
  addDuplicate(packages, context);
  addCompare(packages, context);
  addStepEdits(packages, context);
  packages
    .command('labels')
    .description('Lists the labels of packages.')
    .action(async (_options, command: Command) => {
      const options = optionsOf(command);
      const answer = await context.api(options).call(listLabels.reply, { path: '/package-labels' });
      context.print(options, answer, () =>
        answer.labels.length === 0
          ? 'No package has a label.\n'
          : table(
              ['label', 'packages'],
              answer.labels.map((row) => [row.label, String(row.packages)]),
            ),
      );
    });
  packages
    .command('schema')
    .description('Prints the JSON Schema of a package file, for editors and other tools.')
    .action(() => context.terminal.out(`${JSON.stringify(packageJsonSchema(), undefined, 2)}\n`));
}

const flags = [
  ['enable', { isEnabled: true }, 'Lets a package be deployed again.', 'can be deployed'],
  ['disable', { isEnabled: false }, 'Keeps a package from being deployed; it stays visible.', 'is disabled'],
  ['archive', { isArchived: true }, 'Takes a package out of the list; its history stays.', 'is archived'],
  ['restore', { isArchived: false }, 'Puts an archived package back into the list.', 'is in the list again'],
] as const;

function addFlags(packages: Command, context: CommandContext): void {
  for (const [verb, body, description, result] of flags)
    packages
      .command(verb)
      .description(description)
      .argument('<name>', 'its name or id')
      .action(async (name: string, _options, command: Command) => {
        const options = optionsOf(command);
        const api = context.api(options);
        const { id } = await findPackage(api, name, { includeArchived: true });
        const changed = await api.call(packageSummary, { method: 'PATCH', path: `/packages/${id}`, body });
        context.print(options, changed, () => `“${harmless(changed.name)}” ${result}.\n`);
      });
}

function addDuplicate(packages: Command, context: CommandContext): void {
  packages
    .command('duplicate')
    .description('Copies the latest version of a package under another name.')
    .argument('<name>', 'its name or id')
    .argument('<copy>', 'the name of the copy')
    .action(async (name: string, copy: string, _options, command: Command) => {
      const options = optionsOf(command);
      const api = context.api(options);
      const { id } = await findPackage(api, name, { includeArchived: true });
      const path = `/packages/${id}/duplicate`;
      const saved = await api.call(duplicatePackage.reply, { method: 'POST', path, body: { name: copy } });
      context.print(options, saved, () => `Created “${harmless(saved.package.name)}”, version 1.\n`);
    });
}

function addCompare(packages: Command, context: CommandContext): void {
  packages
    .command('compare')
    .description('Shows what changed between two versions of a package.')
    .argument('<name>', 'its name or id')
    .requiredOption('--from <number>', 'the earlier version', wholeNumber)
    .option('--to <number>', 'the later version instead of the latest', wholeNumber)
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf<{ from: number; to?: number }>(command);
      const api = context.api(options);
      const { id } = await findPackage(api, name, { includeArchived: true });
      const query = { from: options.from, to: options.to };
      const answer = await api.call(comparePackageVersions.reply, { path: `/packages/${id}/compare`, query });
      context.print(options, answer, () => {
        const head = `“${answer.package.name}”, version ${answer.from} to ${answer.to}: `;
        const changes = answer.changes.map((change) => `  ${changeText(change)}\n`);
        return harmless(`${head}${counted(changes.length, 'change')}\n${changes.join('')}`);
      });
    });
}

const valueCharactersShownMax = 100;
const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : cut(JSON.stringify(value), valueCharactersShownMax);

function changeText(change: PackageChange): string {
  if (change.kind === 'optionChanged')
    return `${change.field}: ${shown(change.before)} → ${shown(change.after)}`;
  const step = `step “${change.name}” (${change.id})`;
  switch (change.kind) {
    case 'stepAdded':
      return `${step} was added as number ${change.position + 1}`;
    case 'stepRemoved':
      return `${step}, number ${change.position + 1}, was removed`;
    case 'stepMoved':
      return `${step} was moved from number ${change.from + 1} to ${change.to + 1}`;
    case 'stepChanged':
      return `${step}, ${change.field}: ${shown(change.before)} → ${shown(change.after)}`;
  }
}

function addStepEdits(packages: Command, context: CommandContext): void {
  const steps = packages
    .command('step')
    .description('Moves, duplicates and deletes steps; each saves a version.');
  const edit = async (command: Command, name: string, edits: z.input<typeof stepEdit>[]): Promise<void> => {
    const options = optionsOf(command);
    const api = context.api(options);
    const { id, latestVersion } = await findPackage(api, name);
    const saved = await api.call(editPackageSteps.reply, {
      method: 'PATCH',
      path: `/packages/${id}/steps`,
      headers: { 'if-match': `"${latestVersion}"` },
      body: { edits },
    });
    for (const { message } of saved.warnings) context.terminal.err(`warning: ${message}\n`);
    const { version } = saved.version;
    context.print(options, saved, () => `Saved “${harmless(saved.package.name)}”, version ${version}.\n`);
  };
  steps
    .command('move')
    .description('Moves a step to another number.')
    .argument('<package>', 'its name or id')
    .argument('<step>', 'the id of the step')
    .argument('<number>', 'the number that it gets, 1 for the first', wholeNumber)
    .action((name: string, step: string, to: number, _options, command: Command) =>
      edit(command, name, [{ do: 'move', id: step, to: Math.max(0, to - 1) }]),
    );
  steps
    .command('duplicate')
    .description('Puts a copy of a step behind it.')
    .argument('<package>', 'its name or id')
    .argument('<step>', 'the id of the step')
    .action((name: string, step: string, _options, command: Command) =>
      edit(command, name, [{ do: 'duplicate', id: step }]),
    );
  steps
    .command('delete')
    .description('Deletes a step; refused when other steps lead to it, unless their branches are re-pointed.')
    .argument('<package>', 'its name or id')
    .argument('<step>', 'the id of the step')
    .option('--repoint-to <where>', 'next, stopSuccess, stopFailure, or the id of a step', branchOf)
    .addHelpText(
      'after',
      '\nExample:\n  drover package step delete "Say hello" check --repoint-to stopFailure\n',
    )
    .action((name: string, step: string, _options, command: Command) => {
      const { repointTo } = optionsOf<{ repointTo?: Branch }>(command);
      return edit(command, name, [{ do: 'delete', id: step, ...(repointTo && { repointTo }) }]);
    });
}

function branchOf(text: string): Branch {
  if (text === 'next' || text === 'stopSuccess' || text === 'stopFailure') return { go: text };
  if (text.length > 0) return { go: 'step', step: text };
  throw new Failure(
    exitCodes.usage,
    'nowhere to re-point to',
    'Write next, stopSuccess, stopFailure or an id.',
  );
}
