import { Problem, type Asked, type createCredential, type CredentialSummary } from '@drover/contracts';
import type { InventoryPorts } from '../ports';
import { withoutSecrets } from './show-credentials';

/** Stores what the gateway has sealed, as version 1. @throws Problem 'conflict' when the name is taken. */
export function addCredential(
  ports: InventoryPorts,
  request: Asked<typeof createCredential>,
): Promise<CredentialSummary> {
  const { actor, id, credential, sealed } = request;
  return ports.transaction(async ({ credentials, audit }) => {
    const stored = {
      id,
      ...credential,
      version: 1,
      state: 'unproven' as const,
      createdAt: ports.now().toISOString(),
      sealed,
      wrongPasswordsInARow: 0,
      provingUntil: null,
    };
    if (!(await credentials.insert(stored)))
      throw new Problem('conflict', 'The credential exists already', `the name ${credential.name} is taken`, {
        remedy: 'Change the password of the credential that is there, or choose another name.',
        errors: [{ path: 'name', message: 'is taken' }],
      });
    await audit({ actor, action: 'credential.created', subject: id, detail: { ...credential } });
    return withoutSecrets(stored);
  });
}
