import { Problem, type Answer, type Asked, type getPackage, type getPackageVersion } from '@drover/contracts';
import type { CatalogPorts } from '../ports';
import { noSuchPackage } from './refusals';

/** @throws Problem 'notFound' */
export function findPackage(
  ports: CatalogPorts,
  { id }: Asked<typeof getPackage>,
): Promise<Answer<typeof getPackage>> {
  return ports.transaction(async ({ packages, versions }) => {
    const row = await packages.byId(id);
    if (!row) throw noSuchPackage(id);
    return { package: row, versions: await versions.list(id) };
  });
}

/** One version, the latest when none is named. An archived package answers as well: history keeps naming it. @throws Problem 'notFound' */
export function findVersion(
  ports: CatalogPorts,
  { id, version }: Asked<typeof getPackageVersion>,
): Promise<Answer<typeof getPackageVersion>> {
  return ports.transaction(async ({ packages, versions }) => {
    const row = await packages.byId(id);
    if (!row) throw noSuchPackage(id);
    const wanted = version ?? row.latestVersion;
    const found = await versions.find(id, wanted);
    if (found) return { package: row, version: found };
    throw new Problem('notFound', 'No such version', `“${row.name}” has no version ${wanted}`, {
      remedy: `Its latest version is ${row.latestVersion}.`,
    });
  });
}
