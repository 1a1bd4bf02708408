/**
 * Information by level, as srvsvc and wkssvc give it, [MS-SRVS] 2.2.3 and 2.2.4: a level, a union that repeats it, and a
 * container of entries. Each table here speaks one level only.
 */
import type { Ndr } from '../rpc/ndr';
import { conformantArray, dword, struct, unique } from '../rpc/ndr';
import { RemoteError } from '../status/remote-error';
import { win32Error } from '../status/win32';

/** What an enumeration asks for and gives: the entries behind the level and the union's discriminant. */
export const leveled = <T>(entry: Ndr<T>) =>
  struct({
    level: dword,
    discriminant: dword,
    container: unique(struct({ count: dword, entries: unique(conformantArray(entry)) })),
  });

/** The question for all entries of a level. */
export const nothingOf = (level: number) => ({
  level,
  discriminant: level,
  container: { count: 0, entries: undefined },
});

/** MAX_PREFERRED_LENGTH: as many as the server gives at once. */
export const asMuchAsThereIs = 0xffff_ffff;

const success = 0;
const moreData = 234;
const pagesMax = 256;

interface Page<T> {
  info: { level: number; container: { count: number; entries: T[] | undefined } | undefined };
  resumeHandle: number | undefined;
  error: number;
}

/**
 * Asks page by page until the server says that this is all.
 * @throws RemoteError 'protocol'/'limitExceeded' for a list that does not end.
 */
export async function everyEntry<T>(
  ask: (resumeHandle: number) => Promise<Page<T>>,
  doing: string,
  host: string | undefined,
): Promise<T[]> {
  const found: T[] = [];
  let resumeHandle = 0;
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = await ask(resumeHandle);
    if (answer.error !== success && answer.error !== moreData)
      throw win32Error(answer.error, doing, { host });
    const entries = answer.info.container?.entries ?? [];
    found.push(...entries);
    if (answer.error === success || entries.length === 0) return found;
    resumeHandle = answer.resumeHandle ?? 0;
  }
  throw new RemoteError('protocol', 'limitExceeded', `${doing}: the list does not end`, { host });
}
