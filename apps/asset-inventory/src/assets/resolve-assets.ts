import { Problem, type Answer, type Asked, type Asset, type resolveAssets } from '@drover/contracts';
import type { InventoryPorts } from '../ports';

/** A reply holds this many assets at most; who needs more asks for pages of `asset.list`. */
export const resolvedAssetsMax = 10_000;

/**
 * Finds assets by id or name, each once, ordered by name. What is not found is named in `unknown` as it was asked for.
 * @throws Problem 'invalid' when `all` is more than `resolvedAssetsMax`.
 */
export async function resolve(
  ports: InventoryPorts,
  request: Asked<typeof resolveAssets>,
): Promise<Answer<typeof resolveAssets>> {
  const { assetIds = [], names = [], all = false } = request;
  return ports.transaction(async ({ assets }) => {
    if (all) return { assets: await everyAsset(() => assets.first(resolvedAssetsMax + 1)), unknown: [] };
    const byId = assetIds.length > 0 ? await assets.byIds(assetIds) : [];
    const byName = names.length > 0 ? await assets.byNames(names) : [];
    return { assets: eachOnce([...byId, ...byName]), unknown: unknownOf(assetIds, names, byId, byName) };
  });
}

async function everyAsset(read: () => Promise<Asset[]>): Promise<Asset[]> {
  const found = await read();
  if (found.length <= resolvedAssetsMax) return found;
  throw new Problem('invalid', 'Too many assets', `more than ${resolvedAssetsMax} assets in one question`, {
    remedy: 'Name the assets, or read them page by page.',
  });
}

const eachOnce = (assets: readonly Asset[]): Asset[] =>
  [...new Map(assets.map((asset) => [asset.id, asset])).values()].sort((a, b) =>
    a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1,
  );

function unknownOf(
  ids: readonly string[],
  names: readonly string[],
  byId: readonly Asset[],
  byName: readonly Asset[],
): string[] {
  const knownIds = new Set(byId.map((asset) => asset.id));
  const knownNames = new Set(byName.map((asset) => asset.name.toLowerCase()));
  const unknown = [
    ...ids.filter((id) => !knownIds.has(id)),
    ...names.filter((name) => !knownNames.has(name.toLowerCase())),
  ];
  return [...new Set(unknown)];
}
