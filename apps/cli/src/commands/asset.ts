import type { newAsset } from '@drover/contracts';
import { asset, listAssets } from '@drover/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { table } from '../output/table';
import { counted } from '../output/words';
import { optionsOf, type CommandContext } from './command-context';
import { findAsset } from './find-by-name';

/** `drover asset add|list|rm`. */
export function addAssetCommands(program: Command, context: CommandContext): void {
  const assets = program.command('asset').description('Computers that Drover knows.');
  assets
    .command('add')
    .description('Adds a computer by its name.')
    .argument('<name>', 'the name, as DNS knows it')
    .option('--address <ipv4>', 'a fixed address instead of asking DNS at each use')
    .option('--port <number>', 'the port of its file sharing', wholeNumber, 445)
    .option('--domain <domain>', 'the domain that it belongs to')
    .addHelpText(
      'after',
      '\nExamples:\n  drover asset add PC-042\n  drover asset add PC-042 --address 192.0.2.42\n',
    )
    .action(async (name: string, _options, command: Command) => {
      const { server, json, ...options } = optionsOf<z.input<typeof newAsset>>(command);
      const { address = null, domain = null, port = 445 } = options;
      const added = await context
        .api({ ...(server !== undefined && { server }) })
        .call(asset, { method: 'POST', path: '/assets', body: { name, address, domain, port } });
      context.print({ json: json === true }, added, () => `Added ${added.name}.\n`);
    });
  addList(assets, context);
  assets
    .command('rm')
    .description('Removes a computer; deployments keep naming it.')
    .argument('<name>', 'its name or id')
    .action(async (name: string, _options, command: Command) => {
      const api = context.api(optionsOf(command));
      const found = await findAsset(api, name);
      await api.call(z.unknown(), { method: 'DELETE', path: `/assets/${found.id}` });
      context.print(optionsOf(command), { removed: found }, () => `Removed ${found.name}.\n`);
    });
}

function addList(assets: Command, context: CommandContext): void {
  assets
    .command('list')
    .description('Lists computers by name.')
    .option('--search <text>', 'only those whose name contains this')
    .option('--limit <count>', 'at most so many', wholeNumber, 100)
    .option('--after <name>', 'continue after this name')
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ search?: string; limit: number; after?: string }>(command);
      const { search, limit, after } = options;
      const answer = await context
        .api(options)
        .call(listAssets.reply, { path: '/assets', query: { search, limit, after } });
      context.print(options, answer, () => {
        const rows = answer.assets.map((row) => [
          row.name,
          row.address ?? '(by name)',
          String(row.port),
          row.domain ?? '',
        ]);
        const last = answer.assets.at(-1);
        const more = last && answer.assets.length === limit ? `Continue: --after ${last.name}\n` : '';
        return answer.total === 0
          ? 'No computers. Add one: drover asset add NAME\n'
          : `${table(['name', 'address', 'port', 'domain'], rows)}${answer.assets.length} of ${counted(answer.total, 'computer')}\n${more}`;
      });
    });
}

/** An option's value as a whole number that is not negative. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is not a whole number.');
}
