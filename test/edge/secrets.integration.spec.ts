/** A password that came in is looked for everywhere it must not be. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  changeCredential,
  claimCredentialUse,
  credentialForAsset,
  reportLogon,
  sealedCredential,
} from '@drover/contracts';
import { Bus, loadConfiguration, Opener } from '@drover/platform';
import { DataSource } from 'typeorm';
import { startEdge, type Edge } from './edge';

let edge: Edge;
let bus: Bus;
beforeAll(async () => {
  edge = await startEdge();
  bus = edge.services[3]?.app.get(Bus, { strict: false }) ?? bus;
}, 60_000);
afterAll(() => edge.close());

const secrets = ['correct-horse-1', 'battery-staple-2'] as const;

async function everyRow(): Promise<string> {
  const source = new DataSource({ type: 'postgres', url: edge.servers.databaseUrl });
  await source.initialize();
  try {
    const tables = await source.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const dumps = await Promise.all(
      tables.map(({ name }) => source.query<{ row: string }[]>(`SELECT t::text AS row FROM ${name} t`)),
    );
    expect(tables.length).toBeGreaterThan(8);
    return dumps
      .flat()
      .map(({ row }) => row)
      .join('\n');
  } finally {
    await source.destroy();
  }
}

async function everyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

describe('a credential', () => {
  let id = '';
  const use = (version: number) => bus.ask(claimCredentialUse, { id, version, worker: 'test' });
  const report = (version: number, result: 'accepted' | 'wrongPassword' | 'other') =>
    bus.ask(reportLogon, { id, version, result, host: 'PC-1' });
  const state = async (): Promise<string> =>
    (await edge.ask('GET', '/credentials')).body.credentials[0].state;

  it('is stored and listed without its password', async () => {
    const body = { name: 'Fleet', username: 'deploy', domain: 'EXAMPLE', password: secrets[0] };
    const created = await edge.ask('POST', '/credentials', body);
    expect(created).toMatchObject({ status: 201, body: { version: 1, state: 'unproven', isGlobal: true } });
    expect(created.body).not.toHaveProperty('password');
    expect(created.body).not.toHaveProperty('sealed');
    id = created.body.id;
    expect((await edge.ask('POST', '/credentials', { ...body, name: 'FLEET' })).status).toBe(409);
    const wrong = await edge.ask('POST', '/credentials', { ...body, name: '', username: 7 });
    expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual(['name', 'username']);
  });

  it('is chosen for an asset, with the reason', async () => {
    const { body } = await edge.ask('POST', '/assets', { name: 'PC-1', domain: 'example' });
    const chosen = await bus.ask(credentialForAsset, { assetId: body.id });
    expect(chosen).toMatchObject({
      credential: { id },
      why: '“Fleet” belongs to the domain of this computer',
    });
  });

  it('can be opened by who holds the private key, and only as what it was sealed', async () => {
    const opener = await Opener.fromFile(loadConfiguration(edge.servers.environment).privateKeyFile);
    const { state: _state, ...sealed } = await bus.ask(sealedCredential, { id, version: 1 });
    expect((await opener.open(sealed)).password).toBe(secrets[0]);
    await expect(opener.open({ ...sealed, username: 'somebody-else' })).rejects.toThrow();
  });

  it('is proven by one worker while the others wait', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => use(1)));
    expect(answers.filter(({ answer }) => answer === 'prove')).toHaveLength(1);
    expect(answers.filter(({ answer }) => answer === 'wait')).toHaveLength(7);
    await report(1, 'accepted');
    expect((await use(1)).answer).toBe('use');
  });

  it('is suspended after two wrong passwords in a row, until it is released', async () => {
    await report(1, 'wrongPassword');
    expect((await use(1)).answer).toBe('prove');
    expect((await report(1, 'wrongPassword')).state).toBe('suspended');
    expect((await use(1)).answer).toBe('suspended');
    await report(1, 'accepted');
    expect(await state()).toBe('suspended');
    expect((await edge.ask('POST', `/credentials/${id}/release`)).body.state).toBe('unproven');
    expect((await use(1)).answer).toBe('prove');
  });

  it('is superseded and released by another password', async () => {
    await report(1, 'wrongPassword');
    await report(1, 'wrongPassword');
    const changed = await edge.ask('PUT', `/credentials/${id}/password`, { password: secrets[1] });
    expect(changed.body).toMatchObject({ version: 2, state: 'unproven' });
    expect((await use(1)).answer).toBe('superseded');
    await expect(bus.ask(sealedCredential, { id, version: 1 })).rejects.toMatchObject({ kind: 'conflict' });
    const sealed = Buffer.from('x').toString('base64');
    const late = bus.ask(changeCredential, { actor: 'admin', id, version: 2, sealed });
    await expect(late).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('and a login leave no password in an answer, a row, a log or a file', async () => {
    const token = edge.token ?? '';
    const places = {
      answers: edge.answers.filter((text) => !text.includes('"token"')).join('\n'),
      rows: await everyRow(),
      log: await edge.log(),
      nats: await everyFile(join(edge.servers.folder, 'nats')),
    };
    expect(places.log.length).toBeGreaterThan(1000);
    for (const [place, text] of Object.entries(places))
      for (const secret of [...secrets, edge.firstPassword, token])
        for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
          expect([place, text.includes(form)]).toEqual([place, false]);
  });

  it('leaves an audit row for each change, with who did it', async () => {
    const source = new DataSource({ type: 'postgres', url: edge.servers.databaseUrl });
    await source.initialize();
    const rows = await source.query<{ actor: string; action: string }[]>(
      'SELECT actor, action FROM asset_inventory.audit ORDER BY id',
    );
    await source.destroy();
    expect(rows.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'admin credential.created',
      'admin asset.created',
      'drover credential.suspended',
      'admin credential.released',
      'drover credential.suspended',
      'admin credential.changed',
    ]);
  });
});
