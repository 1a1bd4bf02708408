/**
 * The steps that a package is made of (STEP-1 … STEP-8), as an operator writes them. `actionOf` turns one into what the
 * runner does. Every text may hold `{PackageShare}` and the package's variables.
 */
import type { ComparisonOperator, Criterion } from './criterion';
import type { ExitCodes } from './exit-codes';

/** Where a step leads. `step` names another step's id. */
export type Branch =
  { go: 'next' } | { go: 'step'; step: string } | { go: 'stopSuccess' } | { go: 'stopFailure' };

export interface StepCommon {
  /** Unique in the package; survives renaming and reordering. */
  id: string;
  name: string;
  onSuccess: Branch;
  onFailure: Branch;
  /** The step is stopped, and has failed, after this; the maximum duration of the package holds besides. */
  timeoutSeconds?: number | undefined;
}

/** One or more Command Prompt lines, exactly as typed (STEP-2). */
export interface CommandStep extends StepCommon, ExitCodes {
  type: 'command';
  command: string;
}

/** A file with its launcher by its ending: .msi, .msp, .msu, .exe (STEP-1). */
export interface InstallerStep extends StepCommon, ExitCodes {
  type: 'installer';
  /** As in `{PackageShare}\Installers\x.msi`. */
  file: string;
  parameters: string;
  /** Edited by hand: run in a Command Prompt as it is, instead of what file and parameters give. */
  commandLine?: string | undefined;
}

/** Ends processes (STEP-3). Exit code 0 when at least one was ended, 128 when there was none. */
export interface KillProcessStep extends StepCommon {
  type: 'killProcess';
  /** A pattern with `*` and `?`, as in `firefox.exe`. Either this or `pid`. */
  image?: string | undefined;
  pid?: number | undefined;
  force: boolean;
  children: boolean;
}

/** A script in a share, run by its ending or by a named interpreter (STEP-4). */
export interface ScriptStep extends StepCommon, ExitCodes {
  type: 'script';
  file: string;
  parameters: string;
  /** A program that takes the file as its first argument, as in `C:\Python\python.exe`. */
  interpreter?: string | undefined;
  commandLine?: string | undefined;
}

/** Met: the success branch; else the failure branch (STEP-5). */
export interface ConditionStep extends StepCommon {
  type: 'condition';
  criteria: Criterion;
}

/**
 * Silent removal of MSI products, by code or by what the uninstall entries of both registry views say (STEP-6).
 * Exit code 1605 when no product fits.
 */
export interface MsiUninstallerStep extends StepCommon, ExitCodes {
  type: 'msiUninstaller';
  /** With braces. Either this or `productName`. */
  productCode?: string | undefined;
  /** A pattern with `*` and `?` for DisplayName. */
  productName?: string | undefined;
  publisher?: string | undefined;
  version?: { operator: ComparisonOperator; value: string } | undefined;
}

/** Restarts the computer; the runner goes on with the success branch after it (STEP-7). */
export interface RestartStep extends StepCommon {
  type: 'restart';
  delaySeconds?: number | undefined;
  message?: string | undefined;
}

export interface CopyFilesStep extends StepCommon {
  type: 'copyFiles';
  /** A file, a folder (its content), or a pattern in the last part. */
  from: string;
  /** A folder, made when it is not there. */
  to: string;
  overwrite: 'always' | 'newer' | 'never';
  recurse: boolean;
}

/** PowerShell text; ends with the code that the text gives to `exit`, 1 for an error that ends it. */
export interface PowershellStep extends StepCommon, ExitCodes {
  type: 'powershell';
  text: string;
}

export interface WaitStep extends StepCommon {
  type: 'wait';
  seconds: number;
}

/** Shows a text to the users who are logged on; goes on at once, nobody there is success. */
export interface MessageStep extends StepCommon {
  type: 'message';
  text: string;
  title?: string | undefined;
  /** How long it stays; until it is closed when left out. */
  seconds?: number | undefined;
}

export type Step =
  | CommandStep
  | InstallerStep
  | KillProcessStep
  | ScriptStep
  | ConditionStep
  | MsiUninstallerStep
  | RestartStep
  | CopyFilesStep
  | PowershellStep
  | WaitStep
  | MessageStep;

export type StepType = Step['type'];

/** The steps that run a process, whose exit code decides. */
export type ProcessStep = Extract<Step, ExitCodes>;

export const isProcessStep = (step: Step): step is ProcessStep => 'successCodes' in step;

export const stepTypes: readonly StepType[] = [
  'command',
  'installer',
  'killProcess',
  'script',
  'condition',
  'msiUninstaller',
  'restart',
  'copyFiles',
  'powershell',
  'wait',
  'message',
];

export const stepsMax = 500;
export const commandCharactersMax = 32_000;
/** What fits on one command line, encoded, with room for the interpreter's own arguments. */
export const powershellCharactersMax = 11_000;
export const pathCharactersMax = 1024;
export const parametersCharactersMax = 8000;
export const messageCharactersMax = 2000;
/** [MS-RSP] 3.1.4.1 takes more; nobody waits longer for a restart that has been asked for. */
export const restartDelaySecondsMax = 24 * 3600;
