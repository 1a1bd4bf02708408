import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { dateAndTime } from '../output/words';
import { chooseServer, firstUsername, signIn, signOut } from '../session/connect';
import type { Terminal } from '../terminal';
import { optionsOf, type CommandContext } from './command-context';

/** `drover login` and `drover logout`. */
export function addLogin(program: Command, context: CommandContext): void {
  program
    .command('login')
    .summary('sign in and keep the token')
    .description('Signs in to a server and keeps the token for 12 hours, in a file that only you can read.')
    .option('--username <name>', 'who signs in', firstUsername)
    .option('--password-stdin', 'read the password from standard input, for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  drover login --server http://drover.example:8420 --username anna\n  drover login --password-stdin < password.txt\n\nDROVER_SERVER and DROVER_TOKEN replace both, for scripts.\n',
    )
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ username: string; passwordStdin?: boolean }>(command);
      const { terminal } = context;
      const server = await chooseServer(terminal, options.server);
      const password = await passwordFor(terminal, options, server);
      const signedIn = await signIn(terminal, server, options.username, password);
      const { username, expiresAt } = signedIn;
      context.print(
        options,
        { server, username, expiresAt },
        () => `Signed in to ${server} as ${username}, until ${dateAndTime(expiresAt)}.\n`,
      );
    });
  program
    .command('logout')
    .description('Ends the session and forgets its token.')
    .action(async (_options, command: Command) => {
      const server = await signOut(context.terminal, optionsOf(command).server);
      context.terminal.out(`Signed out of ${server}.\n`);
    });
}

async function passwordFor(
  terminal: Terminal,
  options: { username: string; passwordStdin?: boolean },
  server: string,
): Promise<string> {
  const typed = options.passwordStdin
    ? (await terminal.readInput()).replace(/\r?\n$/, '')
    : await askUnseen(terminal, `Password of ${options.username} at ${server}: `);
  if (typed !== '') return typed;
  throw new Failure(exitCodes.usage, 'the password is empty');
}

/** Asks at the terminal without showing what is typed. Without a terminal it says how a script gives a password. */
export async function askUnseen(terminal: Terminal, question: string): Promise<string> {
  if (!process.stdin.isTTY || !terminal.isInteractive)
    throw new Failure(
      exitCodes.usage,
      'there is no terminal to ask for the password',
      'Pipe it in and say --password-stdin.',
    );
  terminal.err(question);
  const reader = createInterface({ input: process.stdin, terminal: true, historySize: 0 });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () => reject(new Failure(exitCodes.interrupted, 'interrupted')));
    });
  } finally {
    reader.close();
    terminal.err('\n');
  }
}
