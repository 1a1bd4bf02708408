/**
 * What an exit code of a step means (STEP-7). `successCodes` decide between success and failure; the other lists say
 * more about a code: a restart code only qualifies a success, a try-again code only a failure.
 */

export interface ExitCodes {
  /** Signed or unsigned 32-bit, compared as 32 bits. */
  successCodes: number[];
  /** Every exit code is success, whatever `successCodes` say. */
  anyCode?: boolean | undefined;
  /** Of the success codes, those after which the computer needs a restart; `[3010]` unless said. */
  restartNeededCodes?: number[] | undefined;
  /** Of the success codes, those that say that the step has begun a restart itself; `[1641]` unless said. */
  restartBegunCodes?: number[] | undefined;
  /** Of the other codes, those after which the step runs again once the Windows Installer is idle; `[1618]` unless said. */
  tryAgainCodes?: number[] | undefined;
}

export type ExitMeaning = 'success' | 'restartNeeded' | 'restartBegun' | 'tryAgain' | 'failure';

export const defaultSuccessCodes: readonly number[] = [0, 1641, 3010];
export const defaultRestartNeededCodes: readonly number[] = [3010];
export const defaultRestartBegunCodes: readonly number[] = [1641];
export const defaultTryAgainCodes: readonly number[] = [1618];
export const exitCodesMax = 100;
export const smallestExitCode = -0x8000_0000;
export const largestExitCode = 0xffff_ffff;

/** How long one run of a step waits for the Windows Installer before a try-again code counts as failure. */
export const tryAgainForSecondsMax = 600;

/** All lists with their defaults filled in; the shape that a plan carries. */
export const explicitExitCodes = (
  codes: ExitCodes,
): { [K in keyof ExitCodes]-?: NonNullable<ExitCodes[K]> } => ({
  successCodes: [...codes.successCodes],
  anyCode: codes.anyCode ?? false,
  restartNeededCodes: [...(codes.restartNeededCodes ?? defaultRestartNeededCodes)],
  restartBegunCodes: [...(codes.restartBegunCodes ?? defaultRestartBegunCodes)],
  tryAgainCodes: [...(codes.tryAgainCodes ?? defaultTryAgainCodes)],
});

/** What `code` means for a step with these lists. Signed and unsigned forms of one code are the same. */
export function exitMeaning(codes: ExitCodes, code: number): ExitMeaning {
  const lists = explicitExitCodes(codes);
  const holds = (list: readonly number[]): boolean => list.some((one) => one >>> 0 === code >>> 0);
  if (lists.anyCode || holds(lists.successCodes)) {
    if (holds(lists.restartBegunCodes)) return 'restartBegun';
    return holds(lists.restartNeededCodes) ? 'restartNeeded' : 'success';
  }
  return holds(lists.tryAgainCodes) ? 'tryAgain' : 'failure';
}
