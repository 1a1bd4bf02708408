/** What workers ask about credentials: whether they may use one, its sealed text, and how a logon went. */
import type { Answer, Asked, claimCredentialUse, reportLogon, sealedCredential } from '@drover/contracts';
import { Problem } from '@drover/contracts';
import type { InventoryPorts } from '../ports';
import { afterLogon, decideUse } from './credential-use';
import { noSuchCredential } from './show-credentials';

/** Answers `prove` to one worker at a time. @throws Problem 'notFound' */
export function claimUse(
  ports: InventoryPorts,
  request: Asked<typeof claimCredentialUse>,
): Promise<Answer<typeof claimCredentialUse>> {
  return ports.transaction(async ({ credentials }) => {
    const seen = await credentials.byId(request.id);
    if (!seen) throw noSuchCredential(request.id);
    // The lock is taken only when there is something to reserve: thousands of uses of a proven one must not queue.
    const first = decideUse(seen, request.version, ports.now());
    if (!first.change) return { answer: first.answer };
    const locked = await credentials.lock(request.id);
    if (!locked) throw noSuchCredential(request.id);
    const { answer, change } = decideUse(locked, request.version, ports.now());
    if (change) await credentials.update(change);
    return { answer };
  });
}

/** Folds a logon's result; a suspension is audited in the name of the computer that caused it. @throws Problem 'notFound' */
export function foldLogon(
  ports: InventoryPorts,
  request: Asked<typeof reportLogon>,
): Promise<Answer<typeof reportLogon>> {
  return ports.transaction(async ({ credentials, audit }) => {
    const seen = await credentials.byId(request.id);
    if (!seen) throw noSuchCredential(request.id);
    // A success with a proven credential is by far the most frequent report and changes nothing.
    if (request.result === 'accepted' && seen.state === 'proven') return { state: 'proven' };
    const stored = await credentials.lock(request.id);
    if (!stored) throw noSuchCredential(request.id);
    const changed = afterLogon(stored, request.version, request.result);
    if (changed === stored) return { state: stored.state };
    await credentials.update(changed);
    if (changed.state === 'suspended')
      await audit({
        actor: 'drover',
        action: 'credential.suspended',
        subject: stored.id,
        detail: { name: stored.name, version: stored.version, host: request.host },
      });
    return { state: changed.state };
  });
}

/** The sealed text of the version that was asked for. @throws Problem 'notFound', or 'conflict' for another version. */
export async function sealedText(
  ports: InventoryPorts,
  request: Asked<typeof sealedCredential>,
): Promise<Answer<typeof sealedCredential>> {
  const stored = await ports.transaction(({ credentials }) => credentials.byId(request.id));
  if (!stored) throw noSuchCredential(request.id);
  const { id, version, username, domain, state, sealed } = stored;
  if (version === request.version) return { id, version, username, domain, state, sealed };
  throw new Problem(
    'conflict',
    'The credential was changed meanwhile',
    `version ${request.version} of credential ${stored.name} is superseded by version ${version}`,
  );
}
