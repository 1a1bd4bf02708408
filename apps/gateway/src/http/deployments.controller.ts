import {
  cancelDeployment,
  createDeployment,
  deployment,
  deploymentOptions,
  getDeployment,
  id,
  instant,
  listAssets,
  listDeployments,
  listTargets,
  resolveAssets,
  status,
  variableValues,
} from '@drover/contracts';
import { Bus } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { chooseAssets, chosenAssetsMax, type AssetLookup } from '../deployments/choose-assets';
import { route, Serves, type Sent } from './route';

const byId = z.strictObject({ id });
const assetsPerPage = 1000;

const list = route({
  method: 'GET',
  path: '/deployments',
  summary: 'Lists deployments, the latest first.',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    before: instant.optional(),
  }),
  reply: listDeployments.reply,
});
const create = route({
  method: 'POST',
  path: '/deployments',
  summary: 'Deploys a package; the same Idempotency-Key gives the same deployment.',
  headers: z.looseObject({ 'idempotency-key': z.string().min(1).max(100).optional() }),
  body: z.strictObject({
    packageId: id,
    version: z.int().min(1).optional(),
    assetIds: z.array(id).max(chosenAssetsMax).optional(),
    assetNames: z.array(z.string().min(1).max(255)).max(chosenAssetsMax).optional(),
    all: z.literal(true).optional(),
    options: deploymentOptions.optional(),
    variables: variableValues.optional(),
  }),
  reply: deployment,
  status: 201,
});
const show = route({
  method: 'GET',
  path: '/deployments/:id',
  summary: 'Shows a deployment with its targets counted by status.',
  params: byId,
  reply: deployment,
});
const targets = route({
  method: 'GET',
  path: '/deployments/:id/targets',
  summary: 'Lists the targets of a deployment; `after` is the last id of the page before.',
  params: byId,
  query: z.strictObject({
    status: status.optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(200),
    after: id.optional(),
  }),
  reply: listTargets.reply,
});
const cancel = route({
  method: 'POST',
  path: '/deployments/:id/cancel',
  summary: 'Cancels what has not ended; computers not yet started are never touched.',
  params: byId,
  reply: deployment,
});

@Controller()
export class DeploymentsController {
  constructor(private readonly bus: Bus) {}

  @Serves(list)
  list({ query }: Sent<typeof list>) {
    return this.bus.ask(listDeployments, query);
  }

  @Serves(create)
  async create({ body, headers, session }: Sent<typeof create>) {
    const { packageId, version, options, variables, ...selection } = body;
    const key = headers['idempotency-key'];
    return this.bus.ask(createDeployment, {
      actor: session.username,
      packageId,
      assetIds: await chooseAssets(this.assets(), selection),
      ...(version !== undefined && { version }),
      ...(options !== undefined && { options }),
      ...(variables !== undefined && { variables }),
      // Two people may choose the same key without meaning the same request.
      ...(key !== undefined && { requestKey: `${session.userId} ${key}` }),
    });
  }

  @Serves(show)
  show({ params }: Sent<typeof show>) {
    return this.bus.ask(getDeployment, params);
  }

  @Serves(targets)
  targets({ params, query }: Sent<typeof targets>) {
    return this.bus.ask(listTargets, { deploymentId: params.id, ...query });
  }

  @Serves(cancel)
  cancel({ params, session }: Sent<typeof cancel>) {
    return this.bus.ask(cancelDeployment, { actor: session.username, ...params });
  }

  private assets(): AssetLookup {
    return {
      page: async (after) =>
        (await this.bus.ask(listAssets, { limit: assetsPerPage, ...(after !== undefined && { after }) }))
          .assets,
      byNames: (names) => this.bus.ask(resolveAssets, { names }),
    };
  }
}
