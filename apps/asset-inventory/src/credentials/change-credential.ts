import {
  Problem,
  type Asked,
  type changeCredential,
  type CredentialSummary,
  type releaseCredential,
} from '@drover/contracts';
import type { InventoryPorts } from '../ports';
import { unproven } from './credential-use';
import { noSuchCredential, withoutSecrets } from './show-credentials';

/**
 * Stores a sealed password as the next version, which releases a suspension.
 * @throws Problem 'notFound', or 'conflict' when somebody else has changed it since the gateway looked.
 */
export function changePassword(
  ports: InventoryPorts,
  request: Asked<typeof changeCredential>,
): Promise<CredentialSummary> {
  const { actor, id, version, sealed } = request;
  return ports.transaction(async ({ credentials, audit }) => {
    const stored = await credentials.lock(id);
    if (!stored) throw noSuchCredential(id);
    if (version !== stored.version + 1)
      throw new Problem(
        'conflict',
        'The credential was changed meanwhile',
        `version ${version} was sent while version ${stored.version} is stored`,
        { remedy: 'Look at the credential again and repeat the change if it is still needed.' },
      );
    const changed = { ...unproven(stored), version, sealed };
    await credentials.update(changed);
    await audit({ actor, action: 'credential.changed', subject: id, detail: { name: stored.name, version } });
    return withoutSecrets(changed);
  });
}

/** Releases a suspension by hand; the next logon is again a single, proving one. @throws Problem 'notFound' */
export function release(
  ports: InventoryPorts,
  request: Asked<typeof releaseCredential>,
): Promise<CredentialSummary> {
  const { actor, id } = request;
  return ports.transaction(async ({ credentials, audit }) => {
    const stored = await credentials.lock(id);
    if (!stored) throw noSuchCredential(id);
    if (stored.state !== 'suspended') return withoutSecrets(stored);
    const released = unproven(stored);
    await credentials.update(released);
    await audit({ actor, action: 'credential.released', subject: id, detail: { name: stored.name } });
    return withoutSecrets(released);
  });
}
