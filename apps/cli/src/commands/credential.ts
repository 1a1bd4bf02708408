import { credential, listCredentials, type CredentialSummary } from '@drover/contracts';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { table } from '../output/table';
import { optionsOf, type CommandContext } from './command-context';
import { findCredential } from './find-by-name';
import { askUnseen } from './login';

const stdinOption = ['--password-stdin', 'read the password from standard input, for scripts'] as const;

/** `drover credential add|list|password|release`. */
export function addCredentialCommands(program: Command, context: CommandContext): void {
  const credentials = program
    .command('credential')
    .description('Accounts that manage computers. Passwords are written and never read back.');
  addAdd(credentials, context);
  credentials
    .command('list')
    .description('Lists credentials without anything secret.')
    .action(async (_options, command: Command) => {
      const options = optionsOf(command);
      const answer = await context.api(options).call(listCredentials.reply, { path: '/credentials' });
      context.print(options, answer, () =>
        answer.credentials.length === 0
          ? 'No credentials. Add one: drover credential add NAME --username USER\n'
          : table(
              ['name', 'account', 'state', 'version'],
              answer.credentials.map((row) => [row.name, accountOf(row), row.state, String(row.version)]),
            ),
      );
    });
  credentials
    .command('password')
    .description('Stores another password, which releases a suspension.')
    .argument('<name>', 'its name or id')
    .option(...stdinOption)
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf<{ passwordStdin?: boolean }>(command);
      const api = context.api(options);
      const found = await findCredential(api, name);
      const password = await readPassword(context, options, accountOf(found));
      const path = `/credentials/${found.id}/password`;
      const changed = await api.call(credential, { method: 'PUT', path, body: { password } });
      context.print(options, changed, () => `Stored as version ${changed.version} of ${changed.name}.\n`);
    });
  credentials
    .command('release')
    .description('Releases a credential that was suspended after two wrong passwords in a row.')
    .argument('<name>', 'its name or id')
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf(command);
      const api = context.api(options);
      const { id } = await findCredential(api, name);
      const released = await api.call(credential, { method: 'POST', path: `/credentials/${id}/release` });
      context.print(options, released, () => `${released.name} is ${released.state}.\n`);
    });
}

function addAdd(credentials: Command, context: CommandContext): void {
  credentials
    .command('add')
    .description('Stores an account; its password is asked for, or read from standard input.')
    .argument('<name>', 'how you call it')
    .requiredOption('--username <user>', 'the account, or DOMAIN\\account')
    .option('--domain <domain>', 'the domain, or the name of the computer for a local account')
    .option(...stdinOption)
    .addHelpText(
      'after',
      "\nExamples:\n  drover credential add Fleet --username 'EXAMPLE\\deploy'\n  drover credential add Fleet --username deploy --domain EXAMPLE --password-stdin < password.txt\n",
    )
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf<{ username: string; domain?: string; passwordStdin?: boolean }>(command);
      const [before = '', after] = options.username.split('\\', 2);
      const username = after ?? before;
      const domain = options.domain ?? (after === undefined ? null : before);
      const password = await readPassword(context, options, username);
      const added = await context.api(options).call(credential, {
        method: 'POST',
        path: '/credentials',
        body: { name, username, domain, password },
      });
      context.print(options, added, () => `Stored ${added.name} (${accountOf(added)}).\n`);
    });
}

const accountOf = ({ domain, username }: Pick<CredentialSummary, 'domain' | 'username'>): string =>
  domain === null ? username : `${domain}\\${username}`;

async function readPassword(
  context: CommandContext,
  { passwordStdin }: { passwordStdin?: boolean },
  account: string,
): Promise<string> {
  const password = passwordStdin
    ? (await context.terminal.readInput()).replace(/\r?\n$/, '')
    : await askUnseen(context.terminal, `Password of ${account}: `);
  if (password !== '') return password;
  throw new Failure(exitCodes.usage, 'the password is empty');
}
