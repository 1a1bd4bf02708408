/** Passwords come in here and go no further: they are sealed before anything is asked of another service. */
import { randomUUID } from 'node:crypto';
import {
  changeCredential,
  createCredential,
  credential,
  id,
  listCredentials,
  newCredential,
  Problem,
  releaseCredential,
} from '@drover/contracts';
import { Bus, Sealer } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { route, Serves, type Sent } from './route';

const byId = z.strictObject({ id });

const list = route({
  method: 'GET',
  path: '/credentials',
  summary: 'Lists credentials, without anything secret.',
  reply: listCredentials.reply,
});
const add = route({
  method: 'POST',
  path: '/credentials',
  summary: 'Stores a credential; its password can never be read back.',
  body: newCredential,
  reply: credential,
  status: 201,
});
const change = route({
  method: 'PUT',
  path: '/credentials/:id/password',
  summary: 'Stores another password as the next version, which releases a suspension.',
  params: byId,
  body: newCredential.pick({ password: true }),
  reply: credential,
});
const release = route({
  method: 'POST',
  path: '/credentials/:id/release',
  summary: 'Releases a credential that was suspended after wrong passwords.',
  params: byId,
  reply: credential,
});

@Controller()
export class CredentialsController {
  constructor(
    private readonly bus: Bus,
    private readonly sealer: Sealer,
  ) {}

  @Serves(list)
  list(_sent: Sent<typeof list>) {
    return this.bus.ask(listCredentials, {});
  }

  @Serves(add)
  async add({ body, session }: Sent<typeof add>) {
    const { password, ...rest } = body;
    const { username, domain } = rest;
    const created = randomUUID();
    const sealed = await this.sealer.seal({ id: created, version: 1, username, domain, password });
    return this.bus.ask(createCredential, { actor: session.username, id: created, credential: rest, sealed });
  }

  @Serves(change)
  async change({ params, body, session }: Sent<typeof change>) {
    const { credentials } = await this.bus.ask(listCredentials, {});
    const known = credentials.find((candidate) => candidate.id === params.id);
    if (!known) throw noSuchCredential(params.id);
    const version = known.version + 1;
    const { username, domain } = known;
    const { password } = body;
    const sealed = await this.sealer.seal({ id: known.id, version, username, domain, password });
    return this.bus.ask(changeCredential, { actor: session.username, id: known.id, version, sealed });
  }

  @Serves(release)
  release({ params, session }: Sent<typeof release>) {
    return this.bus.ask(releaseCredential, { actor: session.username, ...params });
  }
}

const noSuchCredential = (wanted: string): Problem =>
  new Problem('notFound', 'No such credential', `there is no credential with the id ${wanted}`, {
    remedy: 'List the credentials: drover credential list',
  });
