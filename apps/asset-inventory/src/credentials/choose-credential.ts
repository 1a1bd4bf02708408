import { Problem, type Answer, type Asset, type credentialForAsset } from '@drover/contracts';
import type { InventoryPorts, StoredCredential } from '../ports';
import { withoutSecrets } from './show-credentials';

/** @throws Problem 'notFound' when there is no such asset. */
export async function credentialFor(
  ports: InventoryPorts,
  request: { assetId: string },
): Promise<Answer<typeof credentialForAsset>> {
  return ports.transaction(async ({ assets, credentials }) => {
    const asset = await assets.byId(request.assetId);
    if (!asset)
      throw new Problem('notFound', 'No such asset', `there is no asset with the id ${request.assetId}`);
    const { credential, why } = chooseCredential(asset, await credentials.all());
    return { credential: credential ? withoutSecrets(credential) : null, why };
  });
}

/**
 * The global credential of the computer's own domain or of the computer itself before any other; among equals the one
 * created last, so that adding one takes effect.
 */
export function chooseCredential(
  asset: Pick<Asset, 'name' | 'domain'>,
  credentials: readonly StoredCredential[],
): { credential: StoredCredential | undefined; why: string } {
  const ranked = credentials
    .filter((credential) => credential.isGlobal)
    .map((credential) => ({ credential, ...rankOf(asset, credential) }))
    .sort((a, b) => b.rank - a.rank || (a.credential.createdAt < b.credential.createdAt ? 1 : -1));
  const best = ranked[0];
  if (!best) return { credential: undefined, why: 'there is no global credential' };
  const others = ranked.length - 1;
  const among = others > 0 ? `, chosen before ${others} other global credential${others > 1 ? 's' : ''}` : '';
  return { credential: best.credential, why: `“${best.credential.name}” ${best.because}${among}` };
}

function rankOf(
  asset: Pick<Asset, 'name' | 'domain'>,
  credential: StoredCredential,
): { rank: number; because: string } {
  const domain = credential.domain?.toLowerCase();
  if (domain !== undefined && domain === asset.name.toLowerCase())
    return { rank: 2, because: 'is a local account of this computer' };
  if (domain !== undefined && domain === asset.domain?.toLowerCase())
    return { rank: 1, because: 'belongs to the domain of this computer' };
  return { rank: 0, because: 'is the global credential created last' };
}
