import { getDeployment, resolveAssets } from '@drover/contracts';
import { Bus } from '@drover/platform';
import { startEdge, type Edge } from './edge';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
}, 60_000);
afterAll(() => edge.close());

const someId = '018f0000-0000-7000-8000-00000000000a';
const hello = {
  name: 'Say hello',
  steps: [{ id: 'a', name: 'Greet', type: 'command', command: 'echo hello' }],
};
const pathsOf = (body: { errors?: { path: string }[] }): string[] =>
  (body.errors ?? []).map(({ path }) => path);

describe('every route', () => {
  it('answers 401 without a token, except the login and health', async () => {
    const open: string[] = [];
    const served = edge.routes.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS');
    expect(served.length).toBeGreaterThan(25);
    for (const { method, path } of served) {
      const response = await fetch(`${edge.url}${path.replace(/:\w+/g, someId)}`, {
        method,
        ...(method !== 'GET' && { body: '{}', headers: { 'content-type': 'application/json' } }),
      });
      if (response.status !== 401) open.push(`${method} ${path}`);
      else expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await response.text();
    }
    expect(open.sort()).toEqual([
      'GET /api/v1/schema/package.json',
      'GET /health/live',
      'GET /health/ready',
      'POST /api/v1/sessions',
    ]);
  });

  it('is described in the OpenAPI document', async () => {
    const { body } = await edge.ask('GET', '/openapi.json');
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = edge.routes
      .filter(({ method, path }) => path.startsWith('/api/') && method !== 'HEAD')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual([...new Set(served)].sort());
    expect(body.openapi).toBe('3.1.0');
    const references = JSON.stringify(body).match(/#\/[\w/]+(?=")/g) ?? [];
    for (const reference of new Set(references))
      expect(body.components.schemas).toHaveProperty(reference.replace('#/components/schemas/', ''));
  });

  it.each(['not-a-token', 'x'.repeat(43), ''])('refuses the token "%s"', async (token) => {
    expect((await edge.ask('GET', '/assets', undefined, { token })).status).toBe(401);
  });

  it('carries headers that keep browsers from guessing, framing and caching', async () => {
    const { headers } = await edge.ask('GET', '/settings');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('answers what it does not understand as a problem', async () => {
    const broken = await edge.ask('POST', '/assets', '{"name": ');
    expect(broken).toMatchObject({ status: 400, body: { kind: 'invalid' } });
    expect(broken.headers.get('content-type')).toContain('application/problem+json');
    expect(await edge.ask('GET', '/nowhere')).toMatchObject({ status: 404, body: { kind: 'notFound' } });
    const large = await edge.ask('POST', '/assets', { name: 'x'.repeat(9 * 1024 * 1024) });
    expect(large).toMatchObject({ status: 413, body: { title: 'The request is too large' } });
  });
});

describe('sessions', () => {
  it('end when somebody signs out', async () => {
    const { body } = await edge.ask('POST', '/sessions', { username: 'ADMIN', password: edge.firstPassword });
    const { token } = body;
    expect((await edge.ask('GET', '/sessions/current', undefined, { token })).body.username).toBe('admin');
    expect((await edge.ask('DELETE', '/sessions/current', undefined, { token })).status).toBe(204);
    expect((await edge.ask('GET', '/sessions/current', undefined, { token })).status).toBe(401);
  });

  it('are not given for a wrong password, and the sixth guess is not even looked at', async () => {
    const guess = (username: string) => edge.ask('POST', '/sessions', { username, password: 'guess' });
    const known = await guess('admin');
    const unknown = await guess('nobody');
    expect(known).toMatchObject({ status: 401, body: { kind: 'unauthenticated' } });
    expect(unknown.body).toEqual(known.body);
    for (let guesses = 1; guesses < 5; guesses += 1) await guess('nobody');
    const refused = await guess('nobody');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await edge.signIn();
    expect(edge.token).toBeDefined();
  });
});

describe('assets', () => {
  it('are added, found, paged and removed', async () => {
    for (const name of ['Beta-1', 'alpha-2', 'alpha-1'])
      expect((await edge.ask('POST', '/assets', { name, address: '192.0.2.7' })).status).toBe(201);
    const first = await edge.ask('GET', '/assets?search=alpha&limit=1');
    expect(first.body).toMatchObject({
      total: 2,
      assets: [{ name: 'alpha-1', port: 445, address: '192.0.2.7' }],
    });
    const next = await edge.ask('GET', '/assets?search=alpha&limit=1&after=ALPHA-1');
    expect(next.body.assets).toMatchObject([{ name: 'alpha-2' }]);
    const { id } = next.body.assets[0];
    expect((await edge.ask('GET', `/assets/${id}`)).body.name).toBe('alpha-2');
    expect((await edge.ask('DELETE', `/assets/${id}`)).status).toBe(204);
    expect((await edge.ask('DELETE', `/assets/${id}`)).status).toBe(404);
    expect((await edge.ask('GET', `/assets/${id}`)).body.kind).toBe('notFound');
  });

  it('have names that are unique without regard to case', async () => {
    expect(await edge.ask('POST', '/assets', { name: 'BETA-1' })).toMatchObject({
      status: 409,
      body: { kind: 'conflict', errors: [{ path: 'name' }], remedy: expect.any(String) },
    });
  });

  it('do not treat a search as a pattern', async () => {
    expect((await edge.ask('GET', '/assets?search=%25')).body.total).toBe(0);
  });

  it.each([
    [{ name: 'a b' }, 'name'],
    [{ name: 'pc', address: '300.1.1.1' }, 'address'],
    [{ name: 'pc', port: 70_000 }, 'port'],
    [{ name: 'pc', color: 'red' }, ''],
    [{}, 'name'],
  ])('refuse %j and name the field', async (body, path) => {
    const answer = await edge.ask('POST', '/assets', body);
    expect(answer.status).toBe(422);
    expect(pathsOf(answer.body)).toContain(path);
  });

  it.each(['/assets?limit=0', '/assets?limit=many', '/assets?sort=name', '/assets/not-an-id'])(
    'refuse GET %s',
    async (path) => {
      expect(await edge.ask('GET', path)).toMatchObject({ status: 422, body: { kind: 'invalid' } });
    },
  );

  it('are resolved by id and name, each once, and unknown ones are named', async () => {
    const bus = edge.services[3]?.app.get(Bus, { strict: false });
    const { body } = await edge.ask('GET', '/assets?search=beta-1');
    const { id } = body.assets[0];
    const answer = await bus?.ask(resolveAssets, { assetIds: [id, someId], names: ['BETA-1', 'nobody'] });
    expect(answer).toMatchObject({ assets: [{ name: 'Beta-1' }], unknown: [someId, 'nobody'] });
  });
});

describe('packages', () => {
  it('are created, saved as versions that never change, duplicated and archived', async () => {
    const created = await edge.ask('POST', '/packages', hello);
    expect(created).toMatchObject({
      status: 201,
      body: {
        package: { latestVersion: 1 },
        version: { content: { maximumDurationSeconds: 900 } },
        warnings: [],
      },
    });
    const { id } = created.body.package;
    const changed = {
      ...hello,
      description: 'changed',
      steps: [...hello.steps, { ...hello.steps[0], id: 'b' }],
    };
    const saved = await edge.ask('PUT', `/packages/${id}`, changed, { headers: { 'if-match': '"1"' } });
    expect(saved.body.version).toMatchObject({ version: 2, createdBy: 'admin' });
    expect(saved.headers.get('etag')).toBe('"2"');
    const old = await edge.ask('GET', `/packages/${id}/versions/1`);
    expect(old.body.version.content).toMatchObject({ description: '', steps: [{ id: 'a' }] });
    const copy = await edge.ask('POST', `/packages/${id}/duplicate`, { name: 'Say hello again' });
    expect(copy.body).toMatchObject({ package: { name: 'Say hello again', latestVersion: 1, steps: 2 } });
    await edge.ask('PATCH', `/packages/${copy.body.package.id}`, { isArchived: true });
    const names = async (query: string): Promise<string[]> =>
      (await edge.ask('GET', `/packages${query}`)).body.packages.map((row: { name: string }) => row.name);
    expect(await names('')).toEqual(['Say hello']);
    expect(await names('?includeArchived=true&search=AGAIN')).toEqual(['Say hello again']);
    const shown = await edge.ask('GET', `/packages/${id}`);
    expect(shown.body.versions.map((row: { version: number }) => row.version)).toEqual([2, 1]);
  });

  it('refuse a save over somebody else’s', async () => {
    const { body } = await edge.ask('GET', '/packages');
    const { id } = body.packages[0];
    const save = (ifMatch?: string) =>
      edge.ask('PUT', `/packages/${id}`, hello, {
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      });
    expect(await save('"1"')).toMatchObject({
      status: 409,
      body: { remedy: expect.stringContaining('version 2') },
    });
    expect(pathsOf((await save()).body)).toEqual(['headers.if-match']);
    const both = await Promise.all([save('"2"'), save('"2"')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('say what changed between two versions', async () => {
    const { id } = (await edge.ask('GET', '/packages')).body.packages[0];
    const { body } = await edge.ask('GET', `/packages/${id}/compare?from=1&to=2`);
    expect(body).toMatchObject({ from: 1, to: 2 });
    expect(body.changes).toEqual([
      { kind: 'optionChanged', field: 'description', before: '', after: 'changed' },
      expect.objectContaining({ kind: 'stepAdded', id: 'b', position: 1 }),
    ]);
    expect((await edge.ask('GET', `/packages/${id}/compare?from=9`)).status).toBe(404);
  });

  it('have their steps edited: all of the edits or none, and no branch is left dangling', async () => {
    const loop = { ...hello.steps[0], id: 'again', onFailure: { go: 'step', step: 'a' } };
    const content = { ...hello, name: 'Edited', steps: [hello.steps[0], loop] };
    const { id } = (await edge.ask('POST', '/packages', content)).body.package;
    const edit = (edits: unknown[], ifMatch = '"1"') =>
      edge.ask('PATCH', `/packages/${id}/steps`, { edits }, { headers: { 'if-match': ifMatch } });
    const refused = await edit([
      { do: 'duplicate', id: 'again' },
      { do: 'delete', id: 'a' },
    ]);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ message: 'step “Greet”' }, {}] } });
    expect((await edge.ask('GET', `/packages/${id}`)).body.package.latestVersion).toBe(1);
    const saved = await edit([{ do: 'delete', id: 'a', repointTo: { go: 'stopFailure' } }]);
    expect(saved.body.version).toMatchObject({
      version: 2,
      content: { steps: [{ id: 'again', onFailure: { go: 'stopFailure' } }] },
    });
    expect((await edit([{ do: 'duplicate', id: 'again' }])).status).toBe(409);
  });

  it('are found by words of their steps and by their labels', async () => {
    const step = {
      id: 'a',
      name: 'Set up',
      type: 'installer',
      file: '{PackageShare}\\Installers\\Firefox Setup 128.msi',
    };
    const content = { name: '100%_Browser', labels: ['Web', 'Desk'], steps: [step] };
    expect(await edge.ask('POST', '/packages', content)).toMatchObject({ status: 201 });
    const names = async (query: string): Promise<string[]> =>
      (await edge.ask('GET', `/packages?${query}`)).body.packages.map((row: { name: string }) => row.name);
    expect(await names('search=installers+FIREF')).toEqual(['100%_Browser']);
    expect(await names('search=firefox+chrome')).toEqual([]);
    expect(await names('search=refox')).toEqual([]);
    expect(await names(`search=${encodeURIComponent('0%_b')}`)).toEqual(['100%_Browser']);
    expect(await names(`search=${encodeURIComponent("%'|&!")}`)).toEqual([]);
    expect(await names('label=web')).toEqual(['100%_Browser']);
    expect((await edge.ask('GET', '/package-labels')).body.labels).toEqual([
      { label: 'Desk', packages: 1 },
      { label: 'Web', packages: 1 },
    ]);
  });

  it('refuse a branch to nowhere and name step and field', async () => {
    const steps = [{ ...hello.steps[0], onFailure: { go: 'step', step: 'gone' } }];
    const answer = await edge.ask('POST', '/packages', { name: 'Broken', steps });
    expect(answer.status).toBe(422);
    expect(pathsOf(answer.body)).toEqual(['steps.0.onFailure']);
    expect(answer.body.errors[0].message).toContain('“Greet”');
  });

  it('warn about a step that nothing reaches', async () => {
    const steps = [
      { ...hello.steps[0], onSuccess: { go: 'stopSuccess' } },
      { ...hello.steps[0], id: 'b', name: 'Never' },
    ];
    const answer = await edge.ask('POST', '/packages', { name: 'Odd', steps });
    expect(answer.body.warnings).toMatchObject([{ step: 'Never' }]);
  });

  it('keep their name for themselves, also when another is renamed', async () => {
    expect(await edge.ask('POST', '/packages', { ...hello, name: 'SAY HELLO' })).toMatchObject({
      status: 409,
    });
    const odd = (await edge.ask('GET', '/packages?search=odd')).body.packages[0];
    const renamed = await edge.ask('PUT', `/packages/${odd.id}`, hello, { headers: { 'if-match': '1' } });
    expect(renamed).toMatchObject({ status: 409, body: { errors: [{ path: 'name' }] } });
    expect((await edge.ask('GET', `/packages/${odd.id}`)).body.package.latestVersion).toBe(1);
  });
});

describe('deployments', () => {
  const packageId = async (): Promise<string> =>
    (await edge.ask('GET', '/packages?search=hello')).body.packages[0].id;

  it('are made on computers by name, and once for one key', async () => {
    const body = { packageId: await packageId(), assetNames: ['beta-1', 'Alpha-1'] };
    const send = () => edge.ask('POST', '/deployments', body, { headers: { 'idempotency-key': 'key 1' } });
    const [first, again] = [await send(), await send()];
    expect(first).toMatchObject({ status: 201, body: { targets: 2, createdBy: 'admin' } });
    expect(again.body.id).toBe(first.body.id);
    const { id } = first.body;
    expect((await edge.ask('GET', `/deployments/${id}`)).body.id).toBe(id);
    const { targets } = (await edge.ask('GET', `/deployments/${id}/targets`)).body;
    expect(targets.map((row: { assetName: string }) => row.assetName)).toEqual(['Beta-1', 'alpha-1']);
    expect((await edge.ask('GET', `/targets/${targets[0].id}`)).body.steps).toEqual([]);
    expect((await edge.ask('POST', `/deployments/${id}/cancel`)).body.state).toBe('cancelling');
    expect((await edge.ask('GET', '/deployments?limit=1')).body.deployments).toHaveLength(1);
  });

  it('are made on all computers', async () => {
    const total = (await edge.ask('GET', '/assets?limit=1')).body.total;
    const made = await edge.ask('POST', '/deployments', { packageId: await packageId(), all: true });
    expect(made.body.targets).toBe(total);
  });

  it('refuse computers that nobody knows, and none at all', async () => {
    const id = await packageId();
    const unknown = await edge.ask('POST', '/deployments', {
      packageId: id,
      assetNames: ['beta-1', 'ghost'],
    });
    expect(pathsOf(unknown.body)).toEqual(['assetNames.1']);
    expect((await edge.ask('POST', '/deployments', { packageId: id })).status).toBe(422);
    expect(pathsOf((await edge.ask('POST', '/deployments', { packageId: id, retry: 1 })).body)).toEqual(['']);
  });

  it('are not found when there is none', async () => {
    for (const path of [`/deployments/${someId}`, `/deployments/${someId}/events`, `/targets/${someId}`])
      expect(await edge.ask('GET', path)).toMatchObject({ status: 404, body: { kind: 'notFound' } });
  });

  it('are reported as unavailable when the ledger is away', async () => {
    const bus = edge.services[3]?.app.get(Bus, { strict: false });
    const question = { ...getDeployment, pattern: 'nobody.answers' };
    await expect(bus?.ask(question, { id: someId }, { timeoutMs: 200 })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});

it('settings are shown and changed, one by one', async () => {
  expect((await edge.ask('PATCH', '/settings', { deploymentThreads: 3 })).body.deploymentThreads).toBe(3);
  expect((await edge.ask('GET', '/settings')).body).toEqual({ deploymentThreads: 3, runningMaximum: 500 });
  expect(pathsOf((await edge.ask('PATCH', '/settings', { deploymentThreads: 0 })).body)).toEqual([
    'deploymentThreads',
  ]);
  expect((await edge.ask('PATCH', '/settings', {})).status).toBe(422);
});
