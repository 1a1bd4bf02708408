import type { ExitCode } from './exit-codes';

/** Why a command ends early: a sentence for a person, what to do about it, and the exit code for a script. */
export class Failure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly remedy?: string | undefined,
    /** One line each, as for every wrong field of a file. */
    readonly details: readonly string[] = [],
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'Failure';
  }
}
