/** 100 ns intervals between 1601-01-01 and 1970-01-01, both UTC ([MS-DTYP] 2.3.3). */
const unixEpochFiletime = 116_444_736_000_000_000n;
const intervalsPerMillisecond = 10_000n;
/** The last instant a `Date` can hold. */
const dateMillisecondsMax = 8_640_000_000_000_000n;

export const filetimeOf = (date: Date): bigint =>
  BigInt(date.getTime()) * intervalsPerMillisecond + unixEpochFiletime;

/** Rounded down to the millisecond; undefined when a `Date` cannot hold it. */
export function dateOfFiletime(filetime: bigint): Date | undefined {
  const sinceEpoch = filetime - unixEpochFiletime;
  let milliseconds = sinceEpoch / intervalsPerMillisecond;
  if (sinceEpoch < 0n && sinceEpoch % intervalsPerMillisecond !== 0n) milliseconds -= 1n;
  if (milliseconds > dateMillisecondsMax) return undefined;
  return new Date(Number(milliseconds));
}
