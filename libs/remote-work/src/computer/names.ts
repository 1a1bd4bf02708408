/**
 * Where things of Drover are on a computer. The runner, the simulated host and the three workers agree on these
 * names; the target's id is the prefix by which everything of a target is found again and removed.
 */
import { attemptName } from '@drover/domain';

/** Relative to C$. SYSTEM and Administrators only. */
export const droverFolder = 'Windows\\Drover';
/** Below HKEY_LOCAL_MACHINE, 64-bit view. */
export const droverKey = 'SOFTWARE\\Drover';
export const taskFolder = '\\Drover';
/** The value that holds the whole plan, and the one that asks a runner to stop. */
export const planValue = 'plan';
export const cancelValue = 'cancel';
/** The word that makes a runner begin; a task started without it sweeps up at most. */
export const beginWord = 'begin';

export interface AttemptNames {
  name: string;
  journalPath: string;
  keyPath: string;
  taskPath: string;
  /** The runner while it is being copied; named by the attempt so that closing finds what a crash has left. */
  temporaryRunnerPath: string;
}

export function namesOfAttempt(targetId: string, attempt: number): AttemptNames {
  const name = attemptName(targetId, attempt);
  return {
    name,
    journalPath: `${droverFolder}\\${name}.journal`,
    keyPath: `${droverKey}\\${name}`,
    taskPath: `${taskFolder}\\${name}`,
    temporaryRunnerPath: `${droverFolder}\\${name}.tmp`,
  };
}

/** Named by its content: a file with this name is the runner that is meant. */
export const runnerFileName = (sha256: string): string => `runner-${sha256.slice(0, 16)}.exe`;

/** Whether something in a Drover folder belongs to a target. */
export const belongsToTarget = (targetId: string, name: string): boolean =>
  name.toLowerCase().startsWith(`${targetId.toLowerCase()}-`);
