import type { Answer, Asked, createPackage } from '@drover/contracts';
import type { CatalogPorts, CatalogTransaction } from '../ports';
import { checkContent } from './check-content';
import { nameTaken } from './refusals';
import { searchWords } from './search-words';

type Saved = Answer<typeof createPackage>;

/** Creates version 1. @throws Problem 'invalid' for a content with errors, 'conflict' for a name that is taken. */
export function create(ports: CatalogPorts, request: Asked<typeof createPackage>): Promise<Saved> {
  return ports.transaction((catalog) => createIn(catalog, ports, request, 'package.created', {}));
}

/** The same inside a transaction that has begun; `action` and `detail` say in the audit row how it came about. */
export async function createIn(
  { packages, versions, audit }: CatalogTransaction,
  ports: Pick<CatalogPorts, 'now' | 'newId'>,
  { actor, content }: Asked<typeof createPackage>,
  action: string,
  detail: Record<string, unknown>,
): Promise<Saved> {
  const warnings = checkContent(content);
  const at = ports.now().toISOString();
  const row = {
    id: ports.newId(),
    name: content.name,
    description: content.description,
    latestVersion: 1,
    isArchived: false,
    isEnabled: true,
    steps: content.steps.length,
    labels: content.labels,
    updatedAt: at,
  };
  const version = { packageId: row.id, version: 1, content, createdAt: at, createdBy: actor };
  if (!(await packages.insert(row, searchWords(content)))) throw nameTaken(content.name);
  await versions.insert(version);
  await audit({ actor, action, subject: row.id, detail: { name: row.name, version: 1, ...detail } });
  return { package: row, version, warnings };
}
