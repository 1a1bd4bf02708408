import {
  cancelDeployment,
  listDeployments,
  listTargets,
  type Deployment,
  type Target,
} from '@drover/contracts';
import { isFinal } from '@drover/domain';
import type { Command } from 'commander';
import { follow } from '../follow/follow-deployment';
import { table } from '../output/table';
import { counted, dateAndTime, duration, harmless, words } from '../output/words';
import { wholeNumber } from './asset';
import { optionsOf, type CommandContext } from './command-context';
import { styleOf } from './deploy';
import { findDeployment } from './find-by-name';

/** `drover deployment list|show|cancel|follow`. */
export function addDeploymentCommands(program: Command, context: CommandContext): void {
  const deployments = program
    .command('deployment')
    .description('What was deployed. Where an id is asked for, the word latest will do.');
  addListAndShow(deployments, context);
  deployments
    .command('follow')
    .description('Follows a deployment live until it has finished.')
    .argument('<id>', 'its id, or latest')
    .addHelpText(
      'after',
      '\nExamples:\n  drover deployment follow latest\n  drover deployment follow latest --json\n',
    )
    .action(async (wanted: string, _options, command: Command) => {
      const options = optionsOf(command);
      const api = context.api(options);
      const { id } = await findDeployment(api, wanted);
      context.exitCode = await follow(
        context.terminal,
        await api.connection(),
        id,
        styleOf(context, options),
      );
    });
  deployments
    .command('cancel')
    .description('Cancels: computers not yet started are never touched, running ones are stopped.')
    .argument('<id>', 'its id, or latest')
    .action(async (wanted: string, _options, command: Command) => {
      const options = optionsOf(command);
      const api = context.api(options);
      const { id } = await findDeployment(api, wanted);
      const path = `/deployments/${id}/cancel`;
      const cancelled = await api.call(cancelDeployment.reply, { method: 'POST', path });
      context.print(options, cancelled, () =>
        cancelled.state === 'finished'
          ? 'It has finished already.\n'
          : `Cancelling. Watch it: drover deployment follow ${id}\n`,
      );
    });
}

function addListAndShow(deployments: Command, context: CommandContext): void {
  deployments
    .command('list')
    .description('Lists deployments, the latest first.')
    .option('--limit <count>', 'at most so many', wholeNumber, 20)
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ limit: number }>(command);
      const answer = await context
        .api(options)
        .call(listDeployments.reply, { path: '/deployments', query: { limit: options.limit } });
      context.print(options, answer, () =>
        answer.deployments.length === 0
          ? 'No deployments. Start one: drover deploy PACKAGE --all\n'
          : table(
              ['id', 'package', 'created', 'by', 'state', 'targets'],
              answer.deployments.map((row) => [
                row.id,
                `${row.packageName} v${row.packageVersion}`,
                dateAndTime(row.createdAt),
                row.createdBy,
                row.state,
                countsText(row),
              ]),
            ),
      );
    });
  deployments
    .command('show')
    .description('Shows a deployment and its targets.')
    .argument('<id>', 'its id, or latest')
    .option('--status <status>', 'only targets in this status, as in failed')
    .option('--limit <count>', 'at most so many targets', wholeNumber, 200)
    .action(async (wanted: string, _options, command: Command) => {
      const options = optionsOf<{ status?: string; limit: number }>(command);
      const { status, limit } = options;
      const api = context.api(options);
      const found = await findDeployment(api, wanted);
      const path = `/deployments/${found.id}/targets`;
      const answer = await api.call(listTargets.reply, { path, query: { status, limit } });
      context.print(options, { deployment: found, ...answer }, () =>
        describe(found, answer.targets, answer.total),
      );
    });
}

const countsText = ({ counts }: Deployment): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${words(status)}`)
    .join(', ');

function describe(found: Deployment, targets: Target[], total: number): string {
  const ended = found.finishedAt ? `, finished at ${dateAndTime(found.finishedAt)}` : '';
  const rows = targets.map((row) => [row.assetName, words(row.status), tookText(row), remarkOf(row)]);
  const hidden = total > targets.length ? `${targets.length} of ${counted(total, 'target')} shown\n` : '';
  return [
    `Deployment ${found.id}: ${found.state}`,
    `“${harmless(found.packageName)}” version ${found.packageVersion} as ${found.runMode}, by ${harmless(found.createdBy)} at ${dateAndTime(found.createdAt)}${ended}`,
    `${counted(found.targets, 'target')}: ${countsText(found)}`,
    '',
    `${table(['computer', 'status', 'took', 'remark'], rows)}${hidden}`,
  ].join('\n');
}

const tookText = ({ startedAt, endedAt }: Target): string =>
  startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '';

function remarkOf(row: Target): string {
  if (row.cause && row.status !== 'succeeded') return row.cause.message;
  if (row.currentStep && !isFinal(row.status))
    return `step ${row.currentStep.step + 1} “${row.currentStep.name}”`;
  return row.lastExitCode === null ? '' : `exit code ${row.lastExitCode}`;
}
