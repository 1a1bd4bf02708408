import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 10;

/** Asks until the answer is not undefined; undefined after the deadline. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  deadlineMs: number,
): Promise<T | undefined> {
  const endsAt = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= endsAt) return undefined;
    await sleep(everyMs);
  }
}
