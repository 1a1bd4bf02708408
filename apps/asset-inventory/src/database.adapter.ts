import { randomUUID } from 'node:crypto';
import { audit } from '@drover/platform';
import type { DataSource } from 'typeorm';
import { AssetsStore } from './assets/assets.store';
import { CredentialsStore } from './credentials/credentials.store';
import type { InventoryPorts } from './ports';

/** The ports over Postgres: one database transaction each. */
export const databasePorts = (dataSource: DataSource): InventoryPorts => ({
  transaction: (work) =>
    dataSource.transaction((manager) =>
      work({
        assets: new AssetsStore(manager),
        credentials: new CredentialsStore(manager),
        audit: (entry) => audit(manager, entry),
      }),
    ),
  now: () => new Date(),
  newId: randomUUID,
});
