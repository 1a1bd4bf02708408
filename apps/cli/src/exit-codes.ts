/** What the command line says by its exit code; printed by `drover help exit-codes` and listed in the README. */
import type { ProblemKind } from '@drover/contracts';

export const exitCodes = {
  ok: 0,
  targetsFailed: 1,
  usage: 2,
  unreachable: 3,
  notSignedIn: 4,
  refused: 5,
  notFound: 6,
  conflict: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const meanings: Record<keyof typeof exitCodes, string> = {
  ok: 'done; for a deployment that was followed: every target has succeeded',
  targetsFailed: 'the deployment has finished and some targets have not succeeded',
  usage: 'the command line is wrong',
  unreachable: 'the server cannot be reached, or is not working',
  notSignedIn: 'not signed in, or the session has ended',
  refused: 'the request or the file is not valid, or not allowed',
  notFound: 'what was named does not exist',
  conflict: 'the name is taken, or somebody else has changed it meanwhile',
  interrupted: 'interrupted by Ctrl-C; a deployment goes on',
};

export const exitCodesText = (): string =>
  (Object.keys(exitCodes) as (keyof typeof exitCodes)[])
    .map((name) => `${String(exitCodes[name]).padStart(4)}  ${meanings[name]}`)
    .join('\n');

export const exitCodeOf: Record<ProblemKind, ExitCode> = {
  invalid: exitCodes.refused,
  forbidden: exitCodes.refused,
  notFound: exitCodes.notFound,
  conflict: exitCodes.conflict,
  unauthenticated: exitCodes.notSignedIn,
  unavailable: exitCodes.unreachable,
  internal: exitCodes.unreachable,
};
