/** A deployment as lines, one for each thing that happens: for pipes, logs and people who scroll back. */
import type { FollowedEvent } from '../api/deployment-events';
import { harmless, timeOfDay, words, exitCodeText } from '../output/words';
import type { DeploymentState } from './deployment-state';

/** The lines of one event; a computer's output is set apart by a bar. */
export function plainLines(event: FollowedEvent, state: DeploymentState): string[] {
  if (event.event === 'target') {
    const { assetName, status, outcome, cause, at } = event.data;
    const ahead = status === 'closing' && outcome ? `: ${words(outcome)}` : '';
    const why = cause ? ` (${harmless(cause.message)})` : '';
    const remedy = cause?.remedy ? [`${timeOfDay(at)} ${assetName}   ${harmless(cause.remedy)}`] : [];
    return [`${timeOfDay(at)} ${assetName} ${words(status)}${ahead}${why}`, ...remedy];
  }
  return event.event === 'step' ? stepLines(event.data, state) : [];
}

function stepLines(data: (FollowedEvent & { event: 'step' })['data'], state: DeploymentState): string[] {
  const name = state.line(data.targetId)?.name ?? data.assetName;
  const head = `${timeOfDay(data.at)} ${name} step ${data.step + 1} “${harmless(data.stepName)}”`;
  const output = (data.output ?? '').replace(/\r?\n$/, '');
  const lines =
    output === ''
      ? []
      : harmless(output)
          .split('\n')
          .map((line) => `${timeOfDay(data.at)} ${name} | ${line}`);
  if (data.state !== 'running') {
    const exit = data.exitCode === null ? '' : ` with exit code ${exitCodeText(data.exitCode)}`;
    return [...lines, `${head} ${data.state}${exit}`];
  }
  return lines.length > 0 ? lines : [`${head} started`];
}
