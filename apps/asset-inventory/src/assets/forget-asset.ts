import type { Answer, Asked, deleteAsset } from '@drover/contracts';
import type { InventoryPorts } from '../ports';

/** Repeating it is not an error: `deleted` tells whether there was something to forget. */
export function forgetAsset(
  ports: InventoryPorts,
  request: Asked<typeof deleteAsset>,
): Promise<Answer<typeof deleteAsset>> {
  return ports.transaction(async ({ assets, audit }) => {
    const asset = await assets.byId(request.id);
    if (!asset || !(await assets.remove(request.id))) return { deleted: false };
    await audit({
      actor: request.actor,
      action: 'asset.deleted',
      subject: request.id,
      detail: { name: asset.name },
    });
    return { deleted: true };
  });
}
