import type { Asked, PackageSummary, setPackageFlags } from '@drover/contracts';
import type { CatalogPorts } from '../ports';
import { noSuchPackage } from './refusals';

/** Archives, restores, enables or disables; what is not mentioned stays. No version is made. @throws Problem 'notFound' */
export function setFlags(
  ports: CatalogPorts,
  request: Asked<typeof setPackageFlags>,
): Promise<PackageSummary> {
  return ports.transaction(async ({ packages, audit }) => {
    const row = await packages.lock(request.id);
    if (!row) throw noSuchPackage(request.id);
    const isArchived = request.isArchived ?? row.isArchived;
    const isEnabled = request.isEnabled ?? row.isEnabled;
    if (isArchived === row.isArchived && isEnabled === row.isEnabled) return row;
    const changed = { ...row, isArchived, isEnabled, updatedAt: ports.now().toISOString() };
    await packages.update(changed);
    await audit({
      actor: request.actor,
      action: 'package.flagged',
      subject: row.id,
      detail: { name: row.name, isArchived, isEnabled },
    });
    return changed;
  });
}
