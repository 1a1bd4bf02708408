import { claimCredentialUse, Problem, reportLogon, sealedCredential } from '@drover/contracts';
import { PlatformError, type Bus, type Opener } from '@drover/platform';
import { WindowsCredential } from '@drover/windows-remote';
import { randomUUID } from 'node:crypto';
import type { Clock, Credentials, CredentialVersion } from '../ports';

/** An opened password stays in memory for at most this long. */
const keptMs = 5 * 60_000;
const keptMax = 200;

/**
 * Credentials as the inventory keeps them: asked for at each use, opened here with the private key, kept for minutes.
 * Every claim has a name of its own, because two jobs of one process must not both be the one that proves.
 */
export function busCredentials(bus: Bus, opener: Opener, clock: Clock): Credentials {
  const kept = new Map<string, { account: WindowsCredential; untilMs: number }>();
  const forgetOld = (): void => {
    for (const [key, { untilMs }] of kept) if (untilMs <= clock.monotonicMs()) kept.delete(key);
    const oldest = kept.keys().next();
    if (kept.size > keptMax && !oldest.done) kept.delete(oldest.value);
  };
  const open = async ({ id, version }: CredentialVersion): Promise<WindowsCredential> => {
    const row = await bus.ask(sealedCredential, { id, version });
    const { password } = await opener.open(row);
    const { username, domain } = row;
    return new WindowsCredential({ username, ...(domain !== null && { domain }), password });
  };
  return {
    async claim(credential) {
      const { id, version } = credential;
      const claim = bus.ask(claimCredentialUse, { id, version, worker: randomUUID() });
      const answer = await orSuperseded(claim.then((reply) => reply.answer));
      return answer;
    },
    async open(credential) {
      forgetOld();
      const key = `${credential.id}-${credential.version}`;
      const known = kept.get(key);
      if (known) return known.account;
      try {
        const account = await orSuperseded(open(credential));
        if (account !== 'superseded') kept.set(key, { account, untilMs: clock.monotonicMs() + keptMs });
        return account;
      } catch (error) {
        if (error instanceof PlatformError && error.kind === 'secret') return 'unreadable';
        throw error;
      }
    },
    async reportLogon({ id, version }, result, host) {
      await orSuperseded(bus.ask(reportLogon, { id, version, result, host }));
    },
  };
}

/** A credential that was deleted or changed since the assignment was read. */
async function orSuperseded<T>(asked: Promise<T>): Promise<T | 'superseded'> {
  try {
    return await asked;
  } catch (error) {
    const isGone = error instanceof Problem && (error.kind === 'notFound' || error.kind === 'conflict');
    if (isGone) return 'superseded';
    throw error;
  }
}
