import { Command, CommanderError } from 'commander';
import { addAssetCommands } from './commands/asset';
import { CommandContext } from './commands/command-context';
import { addCredentialCommands } from './commands/credential';
import { addDeploy } from './commands/deploy';
import { addDeploymentCommands } from './commands/deployment';
import { addLogin } from './commands/login';
import { addPackageCommands } from './commands/package';
import { addSettingsCommands } from './commands/settings';
import { addTargetCommands } from './commands/target';
import { exitCodes, exitCodesText, type ExitCode } from './exit-codes';
import { Failure } from './failure';
import type { Terminal } from './terminal';

/** Runs one command line, without the name of the program. Nothing is thrown: what went wrong is told and returned. */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const context = new CommandContext(terminal);
  try {
    await programFor(context).parseAsync([...words], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (terminal.interrupted.aborted) return exitCodes.interrupted;
    return tell(error, terminal);
  }
}

/** Every command with its help; reads nothing and asks nobody until it is parsed. */
function programFor(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('drover')
    .description('Deploys software to Windows computers without an agent.')
    .option(
      '--server <url>',
      'which server; else DROVER_SERVER, the one that runs here, or the last one signed in to',
    )
    .option('--json', 'answer in JSON, for programs')
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(terminal.columns, 110) })
    .addHelpText('after', firstSteps)
    .showHelpAfterError('(add --help for more)')
    .exitOverride();
  addLogin(program, context);
  addAssetCommands(program, context);
  addCredentialCommands(program, context);
  addPackageCommands(program, context);
  addDeploy(program, context);
  addDeploymentCommands(program, context);
  addTargetCommands(program, context);
  addSettingsCommands(program, context);
  addHelp(program, context);
  return program;
}

const firstSteps = `
Examples:
  drover package example > hello.yaml
  drover package create hello.yaml
  drover deploy "Say hello" --all
  drover target show latest/PC-001

Exit codes: drover help exit-codes
`;

/** In place of commander's own `help`, to have topics beside commands. */
function addHelp(program: Command, { terminal }: CommandContext): void {
  program.helpCommand(false);
  program
    .command('help')
    .summary('help on a command, or on exit-codes')
    .description('Shows the help of a command, or a topic: exit-codes.')
    .argument('[words...]', 'a command, or exit-codes')
    .action((words: string[]) => {
      if (words[0] === 'exit-codes') {
        terminal.out(`${exitCodesText()}\n`);
        return;
      }
      let found = program;
      for (const word of words) {
        const inner = found.commands.find((command) => command.name() === word);
        if (!inner)
          throw new Failure(
            exitCodes.usage,
            `there is no command ${words.join(' ')}`,
            'List them: drover --help',
          );
        found = inner;
      }
      found.outputHelp();
    });
}

function tell(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof Failure) {
    const details = error.details.map((line) => `  ${line}\n`).join('');
    const remedy = error.remedy === undefined ? '' : `${error.remedy}\n`;
    terminal.err(`drover: ${error.message}\n${details}${remedy}`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`drover: this is a mistake in drover itself; please report it with what follows\n${text}\n`);
  return exitCodes.unreachable;
}
