import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const jitterSteps = 1000;

/** Waits, or returns at once when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // An aborted wait is a normal end; nothing else can reject it.
    if (!signal?.aborted) throw error;
  }
}

/** Doubles from `firstMs` up to `maximumMs`, with up to a quarter of jitter so that services do not knock in step. */
export function backOffMs(attempt: number, firstMs: number, maximumMs: number): number {
  const base = Math.min(maximumMs, firstMs * 2 ** Math.min(attempt, 20));
  return base * (0.75 + (randomInt(jitterSteps) / jitterSteps) * 0.25);
}
