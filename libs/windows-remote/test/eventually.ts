import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 25;

/** Asks until the answer is not `undefined`; fails when the deadline passes first. */
export async function eventually<T>(ask: () => Promise<T | undefined>, deadlineMs = 10_000): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endsAt) throw new Error(`nothing after ${deadlineMs} ms`);
    await delay(pollMs);
  }
}
