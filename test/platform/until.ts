import { waitFor } from '@drover/testing';

/** Waits for a condition; the test fails with its name after the deadline. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const met = await waitFor(async () => ((await isSo()) ? true : undefined), deadlineMs);
  if (!met) throw new Error(`not within ${deadlineMs} ms: ${what}`);
}
