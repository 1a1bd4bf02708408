/** How often a computer is asked: soon after the start, for short packages; rarely later, for a fleet of long ones. */
const firstPollMs = 1_000;
const shortestMs = 1_000;
const longestMs = 30_000;
/** A poll every fifth of the time that has passed finds an end with at most a fifth of delay. */
const share = 5;
const contactShortestMs = 5_000;

/**
 * `firstMs`: how long the first poll still has to wait. `againMs`: the pause until the next one. Without a start, because
 * nobody knows whether the attempt began, the computer is asked at once.
 */
export function pollAgainMs(startedAt: string | null, now: Date): { firstMs: number; againMs: number } {
  const passedMs = startedAt === null ? firstPollMs : now.getTime() - Date.parse(startedAt);
  // A start in the future comes from a clock that is wrong, and is no reason to wait for it.
  const elapsedMs = passedMs < 0 ? firstPollMs : passedMs;
  return {
    firstMs: Math.max(0, firstPollMs - elapsedMs),
    againMs: Math.min(longestMs, Math.max(shortestMs, Math.round(elapsedMs / share))),
  };
}

/** For a computer that does not answer: not below five seconds, because each try may cost a connection's time-out. */
export const contactAgainMs = (startedAt: string | null, now: Date): number =>
  Math.max(contactShortestMs, pollAgainMs(startedAt, now).againMs);
