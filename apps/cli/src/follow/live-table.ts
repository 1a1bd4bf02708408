/** A deployment as a table that is drawn again in place: what needs attention first, as much as fits the screen. */
import { isFinal } from '@drover/domain';
import { counted, cut, harmless, words } from '../output/words';
import type { DeploymentState, TargetLine } from './deployment-state';

/** Heading, counts, column names, the line about what is hidden, and the line of the cursor. */
const otherRows = 6;

export function liveTable(state: DeploymentState, screen: { columns: number; rows: number }): string {
  const lines = [...state.lines()].sort((a, b) => urgency(a) - urgency(b) || (a.name < b.name ? -1 : 1));
  const shown = lines.slice(0, Math.max(3, screen.rows - otherRows));
  const nameWidth = Math.max(8, ...shown.map(({ name }) => Math.min(30, name.length)));
  const hidden = lines.length - shown.length;
  return [
    ...heading(state).map((line) => cut(line, screen.columns - 1)),
    '',
    cut(`${'COMPUTER'.padEnd(nameWidth)}  ${'STATUS'.padEnd(20)}  STEP`, screen.columns - 1),
    ...shown.map((line) => cut(rowOf(line, nameWidth), screen.columns - 1)),
    ...(hidden > 0 ? [`… and ${counted(hidden, 'more computer')}`] : []),
  ].join('\n');
}

/** The two lines above the table, also printed when a deployment was followed without one. */
export const heading = (state: DeploymentState): string[] => [
  `“${harmless(state.packageName)}” version ${state.packageVersion} on ${counted(state.expected, 'computer')}`,
  `${state.ended()} of ${state.expected} ended: ${state
    .counts()
    .map(([status, count]) => `${count} ${words(status)}`)
    .join(', ')}`,
];

/** What runs comes first, then what went wrong, what waits, and last what has succeeded. */
const urgency = ({ status }: TargetLine): number => {
  if (status === 'succeeded') return 3;
  if (isFinal(status)) return 1;
  return status === 'waiting' || status === 'sleeping' ? 2 : 0;
};

function rowOf(line: TargetLine, nameWidth: number): string {
  const status =
    line.status === 'closing' && line.outcome ? `closing: ${words(line.outcome)}` : words(line.status);
  return `${harmless(line.name).padEnd(nameWidth)}  ${status.padEnd(20)}  ${harmless(remarkOf(line)).replace(/\s+/g, ' ')}`;
}

function remarkOf(line: TargetLine): string {
  if (line.status !== 'succeeded' && line.cause && (isFinal(line.status) || !line.step))
    return line.cause.message;
  const exit = line.exitCode === null || !isFinal(line.status) ? '' : ` (exit code ${line.exitCode})`;
  return line.step ? `${line.step}${exit}${line.lastOutput ? `: ${line.lastOutput}` : ''}` : '';
}
