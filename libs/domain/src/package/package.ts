/**
 * What an operator builds: a package's content. A saved content is one immutable version.
 * Branches are written as the operator thinks of them (next, a step by its id, stop); the plan resolves them.
 */
import type { Step } from './step';

/** The account that the steps run under (DEP-3). */
export const runModes = ['system', 'scanningCredential', 'loggedOnUser'] as const;
export type RunMode = (typeof runModes)[number];

/** `select`: chosen when the package is deployed. */
export type PackageRunMode = 'select' | RunMode;

export interface FinalAction {
  do: 'none' | 'shutdown' | 'restart' | 'logOff';
  /** From the end of the deployment on the computer. */
  afterSeconds: number;
  message?: string | undefined;
  /** Not done any more when it could not be done until so long after it was due. */
  expiresAfterSeconds: number;
}

/** Written `{Name}` in the texts of steps. A secret one has no default and never reaches a command line. */
export interface PackageVariable {
  name: string;
  default?: string | undefined;
  isSecret: boolean;
}

export interface PackageContent {
  name: string;
  description: string;
  /** The time a deployment may take on one computer (PKG-2), 1 s to 30 days. */
  maximumDurationSeconds: number;
  runMode: PackageRunMode;
  /** With `loggedOnUser`: the session at the computer's own screen, or every session. */
  sessions: 'console' | 'each';
  /** With `loggedOnUser`: with the user's full rights where the user is an administrator. */
  elevated: boolean;
  finalAction: FinalAction;
  /** Whether the computer is scanned again after the end (PKG-2). */
  rescan: boolean;
  /** `pull`: the computer reads the share. `push`: Drover copies the files to it (SHR-5). */
  copyMode: 'pull' | 'push';
  variables: PackageVariable[];
  labels: string[];
  steps: Step[];
}

export const defaultMaximumDurationSeconds = 15 * 60;
export const maximumDurationSecondsMax = 30 * 24 * 3600;
export const finalActionWaitSecondsMax = 7 * 24 * 3600;
export const labelsMax = 20;
export const labelCharactersMax = 40;
export const variablesMax = 50;
export const variableCharactersMax = 2000;

/** What a package has unless it says something else. */
export const packageDefaults: Omit<PackageContent, 'name' | 'steps'> = {
  description: '',
  maximumDurationSeconds: defaultMaximumDurationSeconds,
  runMode: 'select',
  sessions: 'console',
  elevated: false,
  finalAction: { do: 'none', afterSeconds: 0, expiresAfterSeconds: 3600 },
  rescan: false,
  copyMode: 'pull',
  variables: [],
  labels: [],
};
