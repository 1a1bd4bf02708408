import { targetDetail, type Cause, type StepRun, type TargetDetail } from '@drover/contracts';
import type { Command } from 'commander';
import { dateAndTime, duration, harmless, timeOfDay, words, exitCodeText } from '../output/words';
import { optionsOf, type CommandContext } from './command-context';
import { findTargetId } from './find-by-name';

/** `drover target show`. */
export function addTargetCommands(program: Command, context: CommandContext): void {
  program
    .command('target')
    .description('One computer in one deployment.')
    .command('show')
    .description(
      'Shows what happened on a computer: checks, steps with their output, history, causes and remedies.',
    )
    .argument('<target>', 'its id, or DEPLOYMENT/NAME')
    .addHelpText(
      'after',
      '\nExamples:\n  drover target show latest/PC-001\n  drover target show latest/PC-001 --json\n',
    )
    .action(async (wanted: string, _options, command: Command) => {
      const options = optionsOf(command);
      const api = context.api(options);
      const id = await findTargetId(api, wanted);
      const detail = await api.call(targetDetail, { path: `/targets/${id}` });
      context.print(options, detail, () => describe(detail));
    });
}

function describe(detail: TargetDetail): string {
  const sections = [headOf(detail), verdictsOf(detail), stepsOf(detail), historyOf(detail)];
  return `${harmless(
    sections
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n'),
  )}\n`;
}

function headOf(detail: TargetDetail): string[] {
  const { startedAt, endedAt } = detail;
  const took = startedAt && endedAt ? `, took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}` : '';
  return [
    `${detail.assetName}: ${words(detail.status)}${took}`,
    ...(detail.status === 'closing' && detail.outcome ? [`It will be ${words(detail.outcome)}.`] : []),
    ...(detail.cause ? causeLines(detail.cause) : []),
    `Target ${detail.id}, attempt ${detail.attempt}${detail.traceId ? `, trace ${detail.traceId}` : ''}`,
  ];
}

const causeLines = (cause: Cause): string[] => {
  const code = cause.codeName ?? cause.code;
  return [
    `  why: ${cause.message}${code === undefined ? '' : ` (${code})`}`,
    ...(cause.remedy ? [`  do:  ${cause.remedy}`] : []),
  ];
};

const verdictsOf = ({ verdicts }: TargetDetail): string[] =>
  verdicts.length === 0
    ? []
    : [
        'Requirements',
        ...verdicts.flatMap(({ requirement, result, seen, remedy }) => [
          `  ${result.padEnd(8)}${requirement}: ${seen}`,
          ...(remedy ? [`          ${remedy}`] : []),
        ]),
      ];

const stepsOf = ({ steps }: TargetDetail): string[] =>
  steps.length === 0 ? [] : ['Steps', ...steps.flatMap((step) => stepLines(step))];

function stepLines(step: StepRun): string[] {
  const exit = step.exitCode === null ? '' : `, exit code ${exitCodeText(step.exitCode)}`;
  const how = step.ended === 'stopped' ? ', stopped' : step.ended === 'notStarted' ? ', could not start' : '';
  const error = step.win32Error ? `, Windows error ${step.win32Error}` : '';
  const took = step.endedAt
    ? ` after ${duration(Date.parse(step.endedAt) - Date.parse(step.startedAt))}`
    : '';
  const dropped =
    step.droppedBytes > 0 ? [`      | … ${step.droppedBytes} bytes before this are not kept`] : [];
  const output = step.output.replace(/\r?\n$/, '');
  return [
    `  ${timeOfDay(step.startedAt)} step ${step.step + 1} “${step.stepName}” ${step.state}${how}${exit}${error}${took}`,
    ...dropped,
    ...(output === '' ? [] : output.split(/\r?\n/).map((line) => `      | ${line}`)),
  ];
}

const historyOf = ({ history }: TargetDetail): string[] =>
  history.length === 0
    ? []
    : [
        'History',
        ...history.flatMap(({ at, to, fact, cause }) => [
          `  ${dateAndTime(at)} ${words(to)} (${words(fact)})`,
          ...(cause ? causeLines(cause).map((line) => `    ${line}`) : []),
        ]),
      ];
