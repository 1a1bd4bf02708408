/**
 * Awaits all of `work`, which leaves the computer in one flight, and throws the first failure only when everything has
 * come to rest: whoever cleans up afterwards must not race with a request of its own.
 */
export async function together<T extends readonly unknown[]>(work: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const results = await Promise.allSettled(work);
  const failed = results.find((r) => r.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map((r) => (r as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
