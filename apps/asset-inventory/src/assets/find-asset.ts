import { Problem, type Asset } from '@drover/contracts';
import type { InventoryPorts } from '../ports';

/** @throws Problem 'notFound' */
export async function findAsset(ports: InventoryPorts, id: string): Promise<Asset> {
  const asset = await ports.transaction(({ assets }) => assets.byId(id));
  if (asset) return asset;
  throw new Problem('notFound', 'No such asset', `there is no asset with the id ${id}`, {
    remedy: 'List the assets: drover asset list',
  });
}
