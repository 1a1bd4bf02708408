import type { Answer, Asked, duplicatePackage } from '@drover/contracts';
import type { CatalogPorts } from '../ports';
import { createIn } from './create-package';
import { noSuchPackage } from './refusals';

/** Copies the latest version as version 1 of another package. @throws Problem 'notFound', 'conflict' */
export function duplicate(
  ports: CatalogPorts,
  request: Asked<typeof duplicatePackage>,
): Promise<Answer<typeof duplicatePackage>> {
  const { actor, id, name } = request;
  return ports.transaction(async (catalog) => {
    const row = await catalog.packages.byId(id);
    const latest = row && (await catalog.versions.find(id, row.latestVersion));
    if (!latest) throw noSuchPackage(id);
    const content = { ...latest.content, name };
    const copiedFrom = { id, version: latest.version };
    return createIn(catalog, ports, { actor, content }, 'package.duplicated', { copiedFrom });
  });
}
