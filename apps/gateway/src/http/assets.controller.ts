import {
  asset,
  createAsset,
  deleteAsset,
  getAsset,
  id,
  listAssets,
  newAsset,
  Problem,
} from '@drover/contracts';
import { Bus } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { route, Serves, type Sent } from './route';

const byId = z.strictObject({ id });
export const page = {
  search: z.string().max(255).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(255).optional(),
};

const list = route({
  method: 'GET',
  path: '/assets',
  summary: 'Lists assets by name; `after` is the last name of the page before.',
  query: z.strictObject(page),
  reply: listAssets.reply,
});
const add = route({
  method: 'POST',
  path: '/assets',
  summary: 'Adds an asset.',
  body: newAsset,
  reply: asset,
  status: 201,
});
const show = route({
  method: 'GET',
  path: '/assets/:id',
  summary: 'Shows an asset.',
  params: byId,
  reply: asset,
});
const remove = route({
  method: 'DELETE',
  path: '/assets/:id',
  summary: 'Removes an asset; deployments keep naming it.',
  params: byId,
  status: 204,
});

@Controller()
export class AssetsController {
  constructor(private readonly bus: Bus) {}

  @Serves(list)
  list({ query }: Sent<typeof list>) {
    return this.bus.ask(listAssets, query);
  }

  @Serves(add)
  add({ body, session }: Sent<typeof add>) {
    return this.bus.ask(createAsset, { actor: session.username, asset: body });
  }

  @Serves(show)
  show({ params }: Sent<typeof show>) {
    return this.bus.ask(getAsset, params);
  }

  @Serves(remove)
  async remove({ params, session }: Sent<typeof remove>) {
    const { deleted } = await this.bus.ask(deleteAsset, { actor: session.username, ...params });
    if (!deleted)
      throw new Problem('notFound', 'No such asset', `there is no asset with the id ${params.id}`);
  }
}
