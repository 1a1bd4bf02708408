import { randomUUID } from 'node:crypto';
import { audit } from '@drover/platform';
import type { DataSource } from 'typeorm';
import { PackageVersionsStore } from './packages/package-versions.store';
import { PackagesStore } from './packages/packages.store';
import type { CatalogPorts } from './ports';

/** The ports over Postgres: one database transaction each. */
export const databasePorts = (dataSource: DataSource): CatalogPorts => ({
  transaction: (work) =>
    dataSource.transaction((manager) =>
      work({
        packages: new PackagesStore(manager),
        versions: new PackageVersionsStore(manager),
        audit: (entry) => audit(manager, entry),
      }),
    ),
  now: () => new Date(),
  newId: randomUUID,
});
