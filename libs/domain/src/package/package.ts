/**
 * What an operator builds: a package's content. A saved content is one immutable version.
 * Branches are written as the operator thinks of them (next, a step by its id, stop); the plan resolves them.
 */

/** Where a step leads. `step` names another step's id. */
export type Branch =
  { go: 'next' } | { go: 'step'; step: string } | { go: 'stopSuccess' } | { go: 'stopFailure' };

interface StepCommon {
  /** Unique in the package; survives renaming and reordering. */
  id: string;
  name: string;
  onSuccess: Branch;
  onFailure: Branch;
}

/** One or more Command Prompt lines, exactly as typed (STEP-2). */
export interface CommandStep extends StepCommon {
  type: 'command';
  command: string;
  /** Exit codes that mean success; signed or unsigned 32-bit, compared as 32 bits. */
  successCodes: number[];
}

export type Step = CommandStep;

export type RunMode = 'system';

export interface PackageContent {
  name: string;
  description: string;
  /** The time a deployment may take on one computer (PKG-2), 1 s to 30 days. */
  maximumDurationSeconds: number;
  runMode: RunMode;
  steps: Step[];
}

export const defaultSuccessCodes: readonly number[] = [0, 1641, 3010];
export const defaultMaximumDurationSeconds = 15 * 60;
export const maximumDurationSecondsMax = 30 * 24 * 3600;
export const stepsMax = 500;
export const commandCharactersMax = 32_000;
