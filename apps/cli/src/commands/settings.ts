import { settings, type Settings } from '@drover/contracts';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { table } from '../output/table';
import { wholeNumber } from './asset';
import { optionsOf, type CommandContext } from './command-context';

/** The words of the command line for the names of the API. */
const names = { threads: 'deploymentThreads', running: 'runningMaximum' } as const;
type SettingName = keyof typeof names;

const meanings: Record<SettingName, string> = {
  threads: 'computers that are dispatched to at once',
  running: 'computers on which a package runs at once',
};

/** `drover settings show|set`. */
export function addSettingsCommands(program: Command, context: CommandContext): void {
  const group = program.command('settings').description('Caps that hold for all deployments.');
  group
    .command('show')
    .description('Shows the caps in force.')
    .action(async (_options, command: Command) => {
      const options = optionsOf(command);
      const answer = await context.api(options).call(settings, { path: '/settings' });
      context.print(options, answer, () => describe(answer));
    });
  group
    .command('set')
    .description('Changes a cap at once, without a restart.')
    .argument('<name>', 'threads or running', settingName)
    .argument('<number>', 'the cap', wholeNumber)
    .addHelpText('after', '\nExample:\n  drover settings set threads 10\n')
    .action(async (name: SettingName, value: number, _options, command: Command) => {
      const options = optionsOf(command);
      const body = { [names[name]]: value };
      const answer = await context.api(options).call(settings, { method: 'PATCH', path: '/settings', body });
      context.print(options, answer, () => describe(answer));
    });
}

function settingName(text: string): SettingName {
  if (text === 'threads' || text === 'running') return text;
  throw new InvalidArgumentError('It is threads or running.');
}

const describe = (values: Settings): string =>
  table(
    ['setting', 'value', 'meaning'],
    (Object.keys(names) as SettingName[]).map((name) => [name, String(values[names[name]]), meanings[name]]),
  );
