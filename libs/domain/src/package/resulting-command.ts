/**
 * What a step comes to: `actionOf` is what the runner does, `resultingCommand` the line that is shown while editing and
 * in explanations (STEP-1). This is the only place that knows the launchers; the runner knows command lines.
 */
import type { ComparisonOperator, Criterion } from './criterion';
import { explicitExitCodes, type ExitCodes } from './exit-codes';
import type { InstallerStep, KillProcessStep, ScriptStep, Step } from './step';

/** What the runner does in a step; the branches are beside it, in `PlanStep`. */
export type Action =
  /** Command Prompt text of one or more lines (docs/plan-format.md, "Commands"). */
  | ({ type: 'command'; command: string } & ExitCodes)
  /** A command line that is started directly, after its environment variables have been expanded. */
  | ({ type: 'process'; commandLine: string } & ExitCodes)
  | {
      type: 'killProcess';
      image?: string | undefined;
      pid?: number | undefined;
      force: boolean;
      children: boolean;
    }
  | { type: 'condition'; criteria: Criterion }
  | ({
      type: 'msiUninstall';
      productCode?: string | undefined;
      productName?: string | undefined;
      publisher?: string | undefined;
      version?: { operator: ComparisonOperator; value: string } | undefined;
    } & ExitCodes)
  | { type: 'restart'; delaySeconds: number; message: string }
  | {
      type: 'copyFiles';
      from: string;
      to: string;
      overwrite: 'always' | 'newer' | 'never';
      recurse: boolean;
    }
  | { type: 'wait'; seconds: number }
  /** `seconds` 0: until it is closed. */
  | { type: 'message'; text: string; title: string; seconds: number };

export function actionOf(step: Step): Action {
  switch (step.type) {
    case 'command':
      return { type: 'command', command: step.command, ...explicitExitCodes(step) };
    case 'installer':
    case 'script':
      // What was edited by hand was edited as a Command Prompt line.
      return step.commandLine !== undefined
        ? { type: 'command', command: step.commandLine, ...explicitExitCodes(step) }
        : { type: 'process', commandLine: resultingCommand(step), ...explicitExitCodes(step) };
    case 'powershell':
      return { type: 'process', commandLine: encodedPowershell(step.text), ...explicitExitCodes(step) };
    case 'killProcess': {
      const { type, image, pid, force, children } = step;
      return { type, image, pid, force, children };
    }
    case 'condition':
      return { type: 'condition', criteria: step.criteria };
    case 'msiUninstaller': {
      const { productCode, productName, publisher, version } = step;
      const product = { productCode, productName, publisher, version };
      return { type: 'msiUninstall', ...product, ...explicitExitCodes(step) };
    }
    case 'restart':
      return { type: 'restart', delaySeconds: step.delaySeconds ?? 0, message: step.message ?? '' };
    case 'copyFiles': {
      const { type, from, to, overwrite, recurse } = step;
      return { type, from, to, overwrite, recurse };
    }
    case 'wait':
      return { type: 'wait', seconds: step.seconds };
    case 'message':
      return { type: 'message', text: step.text, title: step.title ?? '', seconds: step.seconds ?? 0 };
  }
}

/** The command that a step comes to, as an operator would type it. For steps that the runner does itself, the nearest one. */
export function resultingCommand(step: Step): string {
  switch (step.type) {
    case 'command':
      return step.command;
    case 'installer':
      return step.commandLine ?? installerCommand(step);
    case 'script':
      return step.commandLine ?? scriptCommand(step);
    case 'powershell':
      return `${powershell} -Command ${step.text}`;
    case 'killProcess':
      return killCommand(step);
    case 'condition':
      return `if ${criterionText(step.criteria)}`;
    case 'msiUninstaller':
      return `msiexec.exe /x${step.productCode ?? `{every product “${productText(step)}”}`} /qn /norestart`;
    case 'restart':
      return `shutdown.exe /r /t ${step.delaySeconds ?? 0}${step.message ? ` /c "${step.message}"` : ''}`;
    case 'copyFiles':
      return `copy ${step.overwrite === 'always' ? '/y ' : ''}"${step.from}" "${step.to}"${step.recurse ? ' (with its folders)' : ''}${step.overwrite === 'newer' ? ' (newer files only)' : ''}`;
    case 'wait':
      return `timeout ${step.seconds}`;
    case 'message':
      return `msg *${step.seconds ? ` /time:${step.seconds}` : ''} ${step.text}`;
  }
}

/** The ending of a file's name in lower case, without the dot; '' without one. */
export const endingOf = (file: string): string =>
  /\.([^.\\/\s"]+)"?\s*$/.exec(file)?.[1]?.toLowerCase() ?? '';

/** Endings that a script step can run without a named interpreter. */
export const scriptEndings: readonly string[] = ['vbs', 'vbe', 'js', 'jse', 'wsf', 'ps1', 'bat', 'cmd'];
export const installerEndings: readonly string[] = ['msi', 'msp', 'msu', 'exe'];

const powershell = 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass';

const joined = (...parts: string[]): string => parts.filter((part) => part.trim() !== '').join(' ');

function installerCommand({ file, parameters }: InstallerStep): string {
  switch (endingOf(file)) {
    case 'msi':
      return joined(`msiexec.exe /i "${file}" /qn /norestart`, parameters);
    case 'msp':
      return joined(`msiexec.exe /p "${file}" /qn /norestart`, parameters);
    case 'msu':
      return joined(`wusa.exe "${file}" /quiet /norestart`, parameters);
    default:
      return joined(`"${file}"`, parameters);
  }
}

function scriptCommand({ file, parameters, interpreter }: ScriptStep): string {
  if (interpreter !== undefined) return joined(`"${interpreter}"`, `"${file}"`, parameters);
  switch (endingOf(file)) {
    case 'ps1':
      return joined(`${powershell} -File "${file}"`, parameters);
    case 'bat':
    case 'cmd':
      return `cmd.exe /d /s /c "${joined(`"${file}"`, parameters)}"`;
    default:
      return joined(`cscript.exe //nologo //B "${file}"`, parameters);
  }
}

/** Encoded, because no quoting survives both the command line and PowerShell. */
const encodedPowershell = (text: string): string =>
  `${powershell} -OutputFormat Text -EncodedCommand ${Buffer.from(text, 'utf16le').toString('base64')}`;

const killCommand = ({ image, pid, force, children }: KillProcessStep): string =>
  `taskkill ${pid === undefined ? `/im ${image ?? ''}` : `/pid ${pid}`}${force ? ' /f' : ''}${children ? ' /t' : ''}`;

const productText = (step: {
  productName?: string | undefined;
  publisher?: string | undefined;
  version?: { operator: string; value: string } | undefined;
}): string =>
  joined(
    step.productName ?? '',
    step.publisher === undefined ? '' : `by ${step.publisher}`,
    step.version ? `${step.version.operator} ${step.version.value}` : '',
  );

/** A criterion in words, for people. */
export function criterionText(criterion: Criterion): string {
  if ('all' in criterion) return `(${criterion.all.map(criterionText).join(' and ')})`;
  if ('any' in criterion) return `(${criterion.any.map(criterionText).join(' or ')})`;
  if ('not' in criterion) return `not ${criterionText(criterion.not)}`;
  switch (criterion.type) {
    case 'file':
      return `file ${criterion.path} ${criterion.test}`;
    case 'fileProperty':
      return `${criterion.property} of file ${criterion.path} ${criterion.operator} ${criterion.value}`;
    case 'registryKey':
      return `registry key ${criterion.key}${viewText(criterion.view)} ${criterion.test}`;
    case 'registryValue': {
      const { key, name, view, test, operator, value } = criterion;
      return joined(
        `registry value ${key}\\${name || '(default)'}${viewText(view)}`,
        test,
        operator ?? '',
        value ?? '',
      );
    }
    case 'architecture':
      return `Windows is ${criterion.is} bit`;
    case 'os': {
      const { family, operator, version, edition } = criterion;
      const compared = version === undefined ? '' : `version ${operator ?? '='} ${version}`;
      return joined('Windows', family ?? '', compared, edition === undefined ? '' : `edition ${edition}`);
    }
    case 'uninstallEntry': {
      const { name, publisher, operator, version, view } = criterion;
      const compared = version === undefined ? '' : `${operator ?? '='} ${version}`;
      return joined(
        `“${name}”`,
        publisher === undefined ? '' : `by ${publisher}`,
        compared,
        `is installed${viewText(view)}`,
      );
    }
    case 'environment':
      return joined(`variable %${criterion.name}%`, criterion.test, criterion.value ?? '');
    case 'service':
      return `service ${criterion.name} ${criterion.test}`;
  }
}

const viewText = (view: string): string => (view === 'either' ? '' : ` (${view}-bit view)`);
