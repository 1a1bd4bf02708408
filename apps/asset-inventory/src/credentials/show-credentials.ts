import { Problem, type Answer, type CredentialSummary, type listCredentials } from '@drover/contracts';
import type { InventoryPorts, StoredCredential } from '../ports';

/** Every credential by name, without anything secret. */
export async function showCredentials(ports: InventoryPorts): Promise<Answer<typeof listCredentials>> {
  const stored = await ports.transaction(({ credentials }) => credentials.all());
  return { credentials: stored.map(withoutSecrets) };
}

/** Names the fields one by one, so that a column added to the table is not shown by accident. */
export const withoutSecrets = (stored: StoredCredential): CredentialSummary => ({
  id: stored.id,
  name: stored.name,
  username: stored.username,
  domain: stored.domain,
  version: stored.version,
  state: stored.state,
  isGlobal: stored.isGlobal,
  createdAt: stored.createdAt,
});

export const noSuchCredential = (id: string): Problem =>
  new Problem('notFound', 'No such credential', `there is no credential with the id ${id}`, {
    remedy: 'List the credentials: drover credential list',
  });
