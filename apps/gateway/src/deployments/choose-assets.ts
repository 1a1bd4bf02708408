import { Problem, type Asset } from '@drover/contracts';

/** How a request says which computers are meant: by id, by name, or all of them. */
export interface Selection {
  assetIds?: string[] | undefined;
  assetNames?: string[] | undefined;
  all?: true | undefined;
}

export interface AssetLookup {
  /** A page of asset.list, after the asset with this name. */
  page(after: string | undefined): Promise<Asset[]>;
  byNames(names: string[]): Promise<{ assets: Asset[]; unknown: string[] }>;
}

/** As many as one deployment can have. */
export const chosenAssetsMax = 100_000;
/** As many names as one question carries. */
const namesPerQuestion = 1000;

/**
 * The ids that are meant, each once. Ids are passed on as they are: the ledger resolves them when it freezes them.
 * @throws Problem 'invalid' that names every unknown computer, or says that nothing was chosen.
 */
export async function chooseAssets(lookup: AssetLookup, selection: Selection): Promise<string[]> {
  const chosen = new Set(selection.assetIds ?? []);
  const found = selection.all
    ? await everyAsset(lookup)
    : await namedAssets(lookup, selection.assetNames ?? []);
  for (const asset of found) chosen.add(asset.id);
  if (chosen.size === 0) throw nothingChosen(selection);
  return [...chosen];
}

async function everyAsset(lookup: AssetLookup): Promise<Asset[]> {
  const found: Asset[] = [];
  for (
    let page = await lookup.page(undefined);
    page.length > 0;
    page = await lookup.page(found.at(-1)?.name)
  ) {
    found.push(...page);
    if (found.length > chosenAssetsMax)
      throw new Problem('invalid', 'Too many computers', `a deployment has at most ${chosenAssetsMax}`);
  }
  return found;
}

async function namedAssets(lookup: AssetLookup, names: string[]): Promise<Asset[]> {
  const found: Asset[] = [];
  const unknown = new Set<string>();
  for (let first = 0; first < names.length; first += namesPerQuestion) {
    const answer = await lookup.byNames(names.slice(first, first + namesPerQuestion));
    found.push(...answer.assets);
    for (const name of answer.unknown) unknown.add(name.toLowerCase());
  }
  if (unknown.size === 0) return found;
  const errors = names.flatMap((name, index) =>
    unknown.has(name.toLowerCase())
      ? [{ path: `assetNames.${index}`, message: `no asset is named ${name}` }]
      : [],
  );
  throw new Problem('invalid', 'Unknown computers', errors.map((error) => error.message).join('; '), {
    remedy: 'List the assets: drover asset list. Add one: drover asset add NAME',
    errors,
  });
}

const nothingChosen = (selection: Selection): Problem =>
  selection.all
    ? new Problem('invalid', 'There are no computers', 'no asset is known yet', {
        remedy: 'Add one: drover asset add NAME',
      })
    : new Problem('invalid', 'No computer was chosen', 'assetIds, assetNames or all is needed', {
        errors: [{ path: 'assetIds', message: 'name at least one computer' }],
      });
