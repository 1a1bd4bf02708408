/** People name things; the API knows ids. A name is found without regard to case, an id is taken as it is. */
import { asset, credential, getDeployment, id, listTargets, packageSummary } from '@drover/contracts';
import type { Asset, CredentialSummary, Deployment, PackageSummary, Target } from '@drover/contracts';
import { z } from 'zod';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import type { Api } from './command-context';

const isId = (text: string): boolean => id.safeParse(text).success;
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const pageSize = 1000;

export async function findAsset(api: Api, name: string): Promise<Asset> {
  if (isId(name)) return api.call(asset, { path: `/assets/${name}` });
  const found = await everyPage(
    z.object({ assets: z.array(asset) }),
    api,
    '/assets',
    name,
    ({ assets }) => assets,
  );
  return theOne(found, name, 'asset', 'drover asset list');
}

export async function findPackage(
  api: Api,
  name: string,
  { includeArchived = false } = {},
): Promise<PackageSummary> {
  if (isId(name)) {
    const shown = await api.call(z.object({ package: packageSummary }), { path: `/packages/${name}` });
    return shown.package;
  }
  const schema = z.object({ packages: z.array(packageSummary) });
  const found = await everyPage(schema, api, '/packages', name, ({ packages }) => packages, {
    includeArchived: String(includeArchived),
  });
  return theOne(found, name, 'package', 'drover package list');
}

export async function findCredential(api: Api, name: string): Promise<CredentialSummary> {
  const { credentials } = await api.call(z.object({ credentials: z.array(credential) }), {
    path: '/credentials',
  });
  const matching = credentials.filter((candidate) => candidate.id === name || same(candidate.name, name));
  return theOne(matching, matching[0]?.name ?? name, 'credential', 'drover credential list');
}

/** A deployment by its id; `latest` is the one created last. */
export async function findDeployment(api: Api, wanted: string): Promise<Deployment> {
  if (isId(wanted)) return api.call(getDeployment.reply, { path: `/deployments/${wanted}` });
  if (wanted !== 'latest')
    throw new Failure(
      exitCodes.usage,
      `${wanted} is not the id of a deployment`,
      'Give an id from drover deployment list, or the word latest.',
    );
  const { deployments } = await api.call(z.object({ deployments: z.array(getDeployment.reply) }), {
    path: '/deployments',
    query: { limit: 1 },
  });
  if (deployments[0]) return deployments[0];
  throw new Failure(
    exitCodes.notFound,
    'there is no deployment yet',
    'Start one: drover deploy PACKAGE --all',
  );
}

/** The id of a target, given as such or as DEPLOYMENT/NAME. */
export async function findTargetId(api: Api, wanted: string): Promise<string> {
  const [deploymentText = '', name] = wanted.split('/', 2);
  if (name === undefined) {
    if (isId(wanted)) return wanted;
    throw new Failure(
      exitCodes.usage,
      `${wanted} names no target`,
      'Write its id, or DEPLOYMENT/NAME, as in latest/PC-001.',
    );
  }
  const { id: deploymentId } = await findDeployment(api, deploymentText);
  for (let after: string | undefined; ;) {
    const { targets }: { targets: Target[] } = await api.call(listTargets.reply, {
      path: `/deployments/${deploymentId}/targets`,
      query: { limit: pageSize, after },
    });
    const found = targets.find(({ assetName }) => same(assetName, name));
    if (found) return found.id;
    after = targets.at(-1)?.id;
    if (after === undefined || targets.length < pageSize)
      throw new Failure(
        exitCodes.notFound,
        `${name} is no target of this deployment`,
        `List them: drover deployment show ${deploymentId}`,
      );
  }
}

async function everyPage<S extends z.ZodType, T extends { name: string }>(
  schema: S,
  api: Api,
  path: string,
  name: string,
  itemsOf: (page: z.output<S>) => T[],
  more: Record<string, string> = {},
): Promise<T[]> {
  for (let after: string | undefined; ;) {
    const items = itemsOf(
      await api.call(schema, { path, query: { ...more, search: name, limit: pageSize, after } }),
    );
    const matching = items.filter((item) => same(item.name, name));
    after = items.at(-1)?.name;
    if (matching.length > 0 || after === undefined || items.length < pageSize) return matching;
  }
}

function theOne<T extends { name: string }>(found: T[], name: string, noun: string, list: string): T {
  const first = found.find((candidate) => same(candidate.name, name));
  if (first) return first;
  throw new Failure(exitCodes.notFound, `there is no ${noun} named ${name}`, `List them: ${list}`);
}
