import { randomUUID } from 'node:crypto';
import { deployment } from '@drover/contracts';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { follow, type FollowStyle } from '../follow/follow-deployment';
import { counted } from '../output/words';
import { wholeNumber } from './asset';
import { optionsOf, type CommandContext, type GlobalOptions } from './command-context';
import { findPackage } from './find-by-name';

interface DeployOptions {
  set: Record<string, string>;
  all?: boolean;
  version?: number;
  retryFor?: number;
  follow?: boolean;
}

const examples = `
Examples:
  drover deploy "Say hello" PC-001 PC-002
  drover deploy "Say hello" --all
  drover deploy "Say hello" --all --json | jq 'select(.event == "target")'
  drover deploy "Say hello" PC-001 --no-follow
  drover deploy "Install 7-Zip" --all --set Version=24.09

Exit code 0: every target has succeeded; 1: some have not; with --no-follow 0: accepted.
`;

/** `drover deploy PACKAGE (NAME… | --all)`. */
export function addDeploy(program: Command, context: CommandContext): void {
  program
    .command('deploy')
    .summary('deploy a package to computers and follow it')
    .description('Deploys a package to computers, and follows it live.')
    .argument('<package>', 'its name or id')
    .argument('[computers...]', 'their names')
    .option('--all', 'every computer that Drover knows')
    .option('--version <number>', 'another version than the latest', wholeNumber)
    .option('--retry-for <seconds>', 'how long computers that are offline are tried again', wholeNumber)
    .option('--set <name=value>', 'the value of a variable of the package; may be repeated', assignment, {})
    .option('--follow', 'follow until every computer has ended (the default)')
    .option('--no-follow', 'return as soon as the deployment is accepted')
    .addHelpText('after', examples)
    .action(async (name: string, computers: string[], _options, command: Command) => {
      const options = optionsOf<DeployOptions>(command);
      if (options.all === computers.length > 0)
        throw new Failure(exitCodes.usage, 'name the computers, or say --all, but not both');
      if (!options.all && computers.length === 0)
        throw new Failure(exitCodes.usage, 'no computer is named', 'Name some, or say --all for every one.');
      const api = context.api(options);
      const { id: packageId } = await findPackage(api, name);
      const accepted = await api.call(deployment, {
        method: 'POST',
        path: '/deployments',
        // A request that is sent twice by a network in trouble is still one deployment.
        headers: { 'idempotency-key': randomUUID() },
        body: {
          packageId,
          ...(options.all ? { all: true } : { assetNames: computers }),
          ...(Object.keys(options.set).length > 0 && { variables: options.set }),
          ...(options.version !== undefined && { version: options.version }),
          ...(options.retryFor !== undefined && {
            options: { offline: { retryForSeconds: options.retryFor } },
          }),
        },
      });
      const isFollowed = options.follow ?? true;
      if (!isFollowed) {
        context.print(options, accepted, () => acceptedText(accepted));
        return;
      }
      if (!options.json && !context.terminal.isInteractive) context.terminal.out(acceptedText(accepted));
      const style = styleOf(context, options);
      context.exitCode = await follow(context.terminal, await api.connection(), accepted.id, style);
    });
}

/** Collects NAME=VALUE. The value may hold anything, also further equals signs. */
function assignment(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new Failure(exitCodes.usage, `${text} sets no variable`, 'Write it as NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

const acceptedText = (accepted: {
  id: string;
  packageName: string;
  packageVersion: number;
  targets: number;
}): string =>
  `Deployment ${accepted.id}: “${accepted.packageName}” version ${accepted.packageVersion} on ${counted(accepted.targets, 'computer')}.\n`;

/** A table in a terminal, lines in a pipe, one JSON object a line for programs. */
export const styleOf = (context: CommandContext, options: GlobalOptions): FollowStyle => {
  if (options.json) return 'json';
  return context.terminal.isInteractive ? 'table' : 'lines';
};
