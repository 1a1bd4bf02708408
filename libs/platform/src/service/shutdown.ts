import { Logger } from '@nestjs/common';

export type ShutdownStep = [name: string, work: () => Promise<unknown>];

/**
 * Runs the steps one after the other, all under one deadline. A step that fails or takes too long is named in the
 * log and left behind: what has been promised is in Postgres, and the next start continues from there.
 */
export async function closeInOrder(
  steps: ShutdownStep[],
  deadlineMs: number,
  service: string,
): Promise<void> {
  const log = new Logger('Shutdown');
  const endsAt = Date.now() + deadlineMs;
  for (const [name, work] of steps) {
    const leftMs = Math.max(stepMinimumMs, endsAt - Date.now());
    try {
      if (!(await endsWithin(work(), leftMs))) log.error(`${service}: ${name} did not stop in time`);
    } catch (error) {
      log.error(`${service}: ${name} failed to stop`, error);
    }
  }
}

/** Past the deadline each step still gets a moment, so that connections are told to close. */
const stepMinimumMs = 100;

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
