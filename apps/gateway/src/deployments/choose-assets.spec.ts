import type { Asset } from '@drover/contracts';
import { chooseAssets, type AssetLookup } from './choose-assets';

const asset = (name: string): Asset => ({ id: `id of ${name}`, name }) as Asset;
const known = ['a', 'b', 'c', 'd', 'e'].map(asset);
const lookup: AssetLookup = {
  page: async (after) => known.filter(({ name }) => after === undefined || name > after).slice(0, 2),
  byNames: async (names) => ({
    assets: known.filter(({ name }) => names.some((wanted) => wanted.toLowerCase() === name)),
    unknown: names.filter((wanted) => !known.some(({ name }) => wanted.toLowerCase() === name)),
  }),
};

describe('chooseAssets', () => {
  it('reads all of them page by page', async () => {
    expect(await chooseAssets(lookup, { all: true })).toEqual(known.map(({ id }) => id));
  });

  it('takes each computer once, however it is named', async () => {
    expect(await chooseAssets(lookup, { assetIds: ['id of a'], assetNames: ['A', 'b', 'B'] })).toEqual([
      'id of a',
      'id of b',
    ]);
  });

  it('names every computer that is not known, by its place in the request', async () => {
    await expect(chooseAssets(lookup, { assetNames: ['a', 'x', 'b', 'y'] })).rejects.toMatchObject({
      kind: 'invalid',
      more: { errors: [{ path: 'assetNames.1' }, { path: 'assetNames.3' }] },
    });
  });

  it('refuses a deployment on nothing', async () => {
    await expect(chooseAssets(lookup, {})).rejects.toMatchObject({ kind: 'invalid' });
    const empty = { ...lookup, page: async () => [] };
    await expect(chooseAssets(empty, { all: true })).rejects.toThrow('no asset is known');
  });
});
