import { Problem, type Asked, type Asset, type createAsset } from '@drover/contracts';
import type { InventoryPorts } from '../ports';

/** @throws Problem 'conflict' when a computer of that name is known, without regard to case. */
export function addAsset(ports: InventoryPorts, request: Asked<typeof createAsset>): Promise<Asset> {
  const asset: Asset = { id: ports.newId(), ...request.asset, createdAt: ports.now().toISOString() };
  return ports.transaction(async ({ assets, audit }) => {
    if (!(await assets.insert(asset))) throw nameTaken(asset.name);
    const { id, name, domain, address, port } = asset;
    await audit({
      actor: request.actor,
      action: 'asset.created',
      subject: id,
      detail: { name, domain, address, port },
    });
    return asset;
  });
}

const nameTaken = (name: string): Problem =>
  new Problem('conflict', 'The asset exists already', `there is an asset named ${name}`, {
    remedy: `Use the asset that is there, or remove it first: drover asset rm ${name}`,
    errors: [{ path: 'name', message: 'is taken' }],
  });
