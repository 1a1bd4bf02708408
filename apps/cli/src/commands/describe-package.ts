/** A version of a package as text. */
import type { PackageVersion } from '@drover/contracts';
import {
  isProcessStep,
  resultingCommand,
  type Branch,
  type FinalAction,
  type PackageContent,
  type Step,
} from '@drover/domain';
import { dateAndTime, duration, harmless, words } from '../output/words';

export function describePackage({ version, content, createdAt, createdBy }: PackageVersion): string {
  const lines = [
    `“${content.name}” version ${version}, by ${createdBy} at ${dateAndTime(createdAt)}`,
    ...(content.description ? [content.description] : []),
    ...describeOptions(content),
    '',
    ...content.steps.flatMap(describeStep),
  ];
  return `${harmless(lines.join('\n'))}\n`;
}

/** Where a branch leads, in words. */
export const branchText = (branch: Branch): string =>
  ({
    next: 'the next step',
    step: `step ${branch.go === 'step' ? branch.step : ''}`,
    stopSuccess: 'Stop (Success)',
    stopFailure: 'Stop (Failure)',
  })[branch.go];

function describeOptions(content: PackageContent): string[] {
  const { runMode, sessions, elevated, maximumDurationSeconds, finalAction, copyMode, variables } = content;
  const user = runMode === 'loggedOnUser' ? ` (${sessions} session${elevated ? ', elevated' : ''})` : '';
  const account = runMode === 'select' ? 'as chosen when it is deployed' : `as ${words(runMode)}${user}`;
  return [
    `Runs ${account}, for at most ${duration(maximumDurationSeconds * 1000)}; files: ${copyMode}`,
    ...(finalAction.do === 'none' ? [] : [`After it: ${finalActionText(finalAction)}`]),
    ...(content.rescan ? ['After it: a rescan'] : []),
    ...(content.labels.length === 0 ? [] : [`Labels: ${content.labels.join(', ')}`]),
    ...variables.map(({ name, default: value, isSecret }) => {
      const given = isSecret ? 'secret, given when it is deployed' : 'given when it is deployed';
      return `Variable {${name}}: ${value === undefined ? given : `“${value}”`}`;
    }),
  ];
}

const finalActionText = ({ do: action, afterSeconds, expiresAfterSeconds }: FinalAction): string =>
  `${words(action)} after ${duration(afterSeconds * 1000)}, unless it is ${duration(expiresAfterSeconds * 1000)} late`;

function describeStep(step: Step, index: number): string[] {
  const codes = isProcessStep(step)
    ? `success codes ${step.anyCode ? 'any' : step.successCodes.join(', ')}; `
    : '';
  const timeout =
    step.timeoutSeconds === undefined ? '' : `at most ${duration(step.timeoutSeconds * 1000)}; `;
  return [
    `${String(index + 1).padStart(3)}. ${step.name} (${step.id}), ${words(step.type)}`,
    ...resultingCommand(step)
      .trimEnd()
      .split('\n')
      .map((line) => `       ${line}`),
    `     ${codes}${timeout}then ${branchText(step.onSuccess)}; after a failure ${branchText(step.onFailure)}`,
  ];
}
