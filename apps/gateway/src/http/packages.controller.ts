import {
  comparePackageVersions,
  createPackage,
  duplicatePackage,
  editPackageSteps,
  getPackage,
  getPackageVersion,
  id,
  listLabels,
  listPackages,
  packageContent,
  packageSummary,
  savePackage,
  setPackageFlags,
  shortText,
  stepEdit,
} from '@drover/contracts';
import { Bus } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { page } from './assets.controller';
import { route, Serves, type Sent } from './route';

const byId = z.strictObject({ id });
/** The entity tag of a package is the number of its latest version. */
const ifMatch = z.looseObject({
  'if-match': z
    .string('name the version that was edited, as in If-Match: "3"')
    .regex(/^"?[1-9]\d{0,8}"?$/, 'must be a version, as in "3"')
    .transform((text) => Number(text.replaceAll('"', ''))),
});

const list = route({
  method: 'GET',
  path: '/packages',
  summary:
    'Lists packages by name; `search` finds words of name, description, labels and steps; `after` is the last name of the page before.',
  query: z.strictObject({
    ...page,
    label: z.string().max(255).optional(),
    includeArchived: z.enum(['true', 'false']).default('false'),
  }),
  reply: listPackages.reply,
});
const create = route({
  method: 'POST',
  path: '/packages',
  summary: 'Creates a package as version 1; a branch to nowhere is refused.',
  body: packageContent,
  reply: createPackage.reply,
  status: 201,
});
const show = route({
  method: 'GET',
  path: '/packages/:id',
  summary: 'Shows a package and its versions.',
  params: byId,
  reply: getPackage.reply,
});
const version = route({
  method: 'GET',
  path: '/packages/:id/versions/:version',
  summary: 'Shows one version with its steps.',
  params: byId.extend({ version: z.coerce.number().int().min(1).max(1_000_000_000) }),
  reply: getPackageVersion.reply,
});
const compare = route({
  method: 'GET',
  path: '/packages/:id/compare',
  summary: 'Shows what changed from one version to another, the latest by default.',
  params: byId,
  query: z.strictObject({
    from: z.coerce.number().int().min(1).max(1_000_000_000),
    to: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  }),
  reply: comparePackageVersions.reply,
});
const labels = route({
  method: 'GET',
  path: '/package-labels',
  summary: 'Lists the labels of packages with how many have each.',
  reply: listLabels.reply,
});
const editSteps = route({
  method: 'PATCH',
  path: '/packages/:id/steps',
  summary:
    'Adds, replaces, moves, duplicates or deletes steps and saves the next version; deleting a step that others lead to is refused unless repointTo says where they lead instead.',
  params: byId,
  headers: ifMatch,
  body: z.strictObject({ edits: z.array(stepEdit).min(1).max(100) }),
  reply: editPackageSteps.reply,
});
const save = route({
  method: 'PUT',
  path: '/packages/:id',
  summary: 'Saves the next version; refused when another was saved since the one in If-Match.',
  params: byId,
  headers: ifMatch,
  body: packageContent,
  reply: savePackage.reply,
});
const duplicate = route({
  method: 'POST',
  path: '/packages/:id/duplicate',
  summary: 'Copies the latest version under another name.',
  params: byId,
  body: z.strictObject({ name: shortText }),
  reply: duplicatePackage.reply,
  status: 201,
});
const flag = route({
  method: 'PATCH',
  path: '/packages/:id',
  summary: 'Archives, restores, enables or disables a package.',
  params: byId,
  body: z
    .strictObject({ isArchived: z.boolean().optional(), isEnabled: z.boolean().optional() })
    .refine((flags) => Object.keys(flags).length > 0, 'isArchived or isEnabled is needed'),
  reply: packageSummary,
});

@Controller()
export class PackagesController {
  constructor(private readonly bus: Bus) {}

  @Serves(list)
  list({ query }: Sent<typeof list>) {
    return this.bus.ask(listPackages, { ...query, includeArchived: query.includeArchived === 'true' });
  }

  @Serves(create)
  create({ body, session }: Sent<typeof create>) {
    return this.bus.ask(createPackage, { actor: session.username, content: body });
  }

  @Serves(show)
  async show({ params, setHeader }: Sent<typeof show>) {
    const found = await this.bus.ask(getPackage, params);
    setHeader('etag', `"${found.package.latestVersion}"`);
    return found;
  }

  @Serves(version)
  version({ params }: Sent<typeof version>) {
    return this.bus.ask(getPackageVersion, params);
  }

  @Serves(save)
  async save({ params, headers, body, session, setHeader }: Sent<typeof save>) {
    const saved = await this.bus.ask(savePackage, {
      actor: session.username,
      id: params.id,
      expectedVersion: headers['if-match'],
      content: body,
    });
    setHeader('etag', `"${saved.package.latestVersion}"`);
    return saved;
  }

  @Serves(compare)
  compare({ params, query }: Sent<typeof compare>) {
    return this.bus.ask(comparePackageVersions, { ...params, ...query });
  }

  @Serves(labels)
  labels(_sent: Sent<typeof labels>) {
    return this.bus.ask(listLabels, {});
  }

  @Serves(editSteps)
  async editSteps({ params, headers, body, session, setHeader }: Sent<typeof editSteps>) {
    const saved = await this.bus.ask(editPackageSteps, {
      actor: session.username,
      id: params.id,
      expectedVersion: headers['if-match'],
      edits: body.edits,
    });
    setHeader('etag', `"${saved.package.latestVersion}"`);
    return saved;
  }

  @Serves(duplicate)
  duplicate({ params, body, session }: Sent<typeof duplicate>) {
    return this.bus.ask(duplicatePackage, { actor: session.username, id: params.id, name: body.name });
  }

  @Serves(flag)
  flag({ params, body, session }: Sent<typeof flag>) {
    return this.bus.ask(setPackageFlags, { actor: session.username, id: params.id, ...body });
  }
}
