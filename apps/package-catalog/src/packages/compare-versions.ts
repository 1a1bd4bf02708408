import type { Answer, Asked, comparePackageVersions } from '@drover/contracts';
import { compareVersions } from '@drover/domain';
import type { CatalogPorts } from '../ports';
import { findVersion } from './find-package';

/** @throws Problem 'notFound' */
export async function compare(
  ports: CatalogPorts,
  { id, from, to }: Asked<typeof comparePackageVersions>,
): Promise<Answer<typeof comparePackageVersions>> {
  const before = await findVersion(ports, { id, version: from });
  const after = await findVersion(ports, { id, ...(to !== undefined && { version: to }) });
  const changes = compareVersions(before.version.content, after.version.content);
  return { package: after.package, from, to: after.version.version, changes };
}
