import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageContent } from '@drover/contracts';
import type { PackageContent } from '@drover/domain';
import { exitCodes } from '../exit-codes';
import { run } from '../run';
import type { Terminal } from '../terminal';

/** The part of the API that import and export use: names are taken once, versions are 1. */
class FakeCatalogue {
  readonly packages = new Map<string, PackageContent>();
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request).then(({ status, body }) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.18.1.3', resolve));
    return `http://127.18.1.3:${(this.server.address() as AddressInfo).port}`;
  }

  close = (): Promise<void> => new Promise((resolve) => this.server.close(() => resolve()));

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (request.method === 'POST')
      return this.create(packageContent.parse(JSON.parse(await textOf(request))));
    const id = /packages\/([^/]+)\/versions\/1$/.exec(url.pathname)?.[1];
    if (id !== undefined)
      return { status: 200, body: { package: this.summary(id), version: this.version(id) } };
    const packages = [...this.packages.keys()].map((key) => this.summary(key));
    return { status: 200, body: { packages, total: packages.length } };
  }

  private create(content: PackageContent): { status: number; body: unknown } {
    if ([...this.packages.values()].some(({ name }) => name === content.name))
      return {
        status: 409,
        body: { type: 'about:blank', title: 'taken', status: 409, detail: 'taken', kind: 'conflict' },
      };
    const id = randomUUID();
    this.packages.set(id, content);
    return { status: 201, body: { package: this.summary(id), version: this.version(id), warnings: [] } };
  }

  private summary(id: string) {
    const { name = '', description = '', labels = [], steps = [] } = this.packages.get(id) ?? {};
    const flags = { latestVersion: 1, isArchived: false, isEnabled: true };
    return {
      id,
      name,
      description,
      labels,
      steps: steps.length,
      ...flags,
      updatedAt: '2026-01-01T00:00:00.000Z',
    };
  }

  private version(id: string) {
    const content = this.packages.get(id);
    return { packageId: id, version: 1, content, createdAt: '2026-01-01T00:00:00.000Z', createdBy: 'admin' };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const wpkg = (more = ''): string =>
  `<packages><package id="a" name="A"${more}><install cmd="ver"/></package></packages>`;

describe('drover package import and export', () => {
  let folder = '';
  let server = '';
  const catalogue = new FakeCatalogue();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drover-transfer-'));
    server = await catalogue.listen();
  });
  beforeEach(() => catalogue.packages.clear());
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await catalogue.close();
  });

  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  async function drover(...words: string[]) {
    let [out, err] = ['', ''];
    const terminal: Terminal = {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      isInteractive: false,
      columns: 200,
      rows: 24,
      readInput: () => Promise.resolve(''),
      redraw: () => undefined,
      redrawDone: () => undefined,
      environment: { DROVER_SERVER: server, DROVER_TOKEN: 'token' },
      workingFolder: folder,
      interrupted: new AbortController().signal,
    };
    const exitCode = await run(['package', ...words], terminal);
    return { out, err, exitCode };
  }

  it('checks files without a server, one report per file', async () => {
    write('good.xml', wpkg());
    write('lossy.xml', wpkg(' priority="5"').replace('"A"', '"B"'));
    write('bad.xml', '<packages>\n<package id="a" name="&b;"/></packages>');
    const { out, exitCode } = await drover(
      'import',
      '--check',
      '--json',
      'good.xml',
      'lossy.xml',
      'bad.xml',
      '--server',
      'http://127.0.0.1:1',
    );
    const { files } = JSON.parse(out) as { files: unknown[] };
    expect(files).toMatchObject([
      { file: 'good.xml', format: 'wpkg', packages: 1, steps: 1, represented: 1, listed: [] },
      { file: 'lossy.xml', listed: [{ package: 'B', step: '', what: 'priority="5"', line: 1 }] },
      { file: 'bad.xml', packages: 0, refused: { line: 2, column: 23 } },
    ]);
    expect(exitCode).toBe(exitCodes.refused);
    expect((await drover('import', '--check', 'bad.xml')).out).toMatch(
      /^bad\.xml:2:23: not well-formed XML/m,
    );
    expect((await drover('import', '--check', 'lossy.xml')).exitCode).toBe(exitCodes.ok);
  });

  it('imports nothing while something is lost and nobody has accepted it', async () => {
    write('good.xml', wpkg());
    write('lossy.xml', wpkg(' priority="5"').replace('"A"', '"B"'));
    const refused = await drover('import', 'good.xml', 'lossy.xml');
    expect(refused).toMatchObject({ exitCode: exitCodes.refused, out: '' });
    expect(refused.err).toMatch(/lossy\.xml:1: “B”: priority="5": [^]*--accept-loss/);
    expect(catalogue.packages.size).toBe(0);
    expect(await drover('import', '--accept-loss', 'lossy.xml')).toMatchObject({
      exitCode: exitCodes.ok,
      err: '',
    });
    expect([...catalogue.packages.values()]).toMatchObject([{ name: 'B', steps: [{ command: 'ver' }] }]);
  });

  it('imports nothing from any file while one is refused, whatever is accepted', async () => {
    write('good.xml', wpkg());
    write('bad.xml', '<packages>');
    const { exitCode, err } = await drover('import', '--accept-loss', 'good.xml', 'bad.xml');
    expect(exitCode).toBe(exitCodes.refused);
    expect(err).toMatch(/bad\.xml:1:\d+: not well-formed XML/);
    expect(catalogue.packages.size).toBe(0);
  });

  it('leaves a package as it is whose name is taken, and says so', async () => {
    write('good.xml', wpkg());
    await drover('import', 'good.xml');
    const { exitCode, out } = await drover('import', 'good.xml', '--json');
    expect(exitCode).toBe(exitCodes.conflict);
    expect(JSON.parse(out)).toMatchObject({ created: [], taken: ['A'] });
  });

  it('exports what an import elsewhere makes the same of', async () => {
    write('good.xml', wpkg());
    await drover('import', 'good.xml');
    const before = [...catalogue.packages.values()];
    expect(await drover('export', '--all', '--output', 'all.json')).toMatchObject({ exitCode: exitCodes.ok });
    expect((await drover('export', 'a')).out).toBe(readFileSync(join(folder, 'all.json'), 'utf8'));
    catalogue.packages.clear();
    await drover('import', 'all.json');
    expect([...catalogue.packages.values()]).toEqual(before);
  });

  it('says which file is not there, and that an export needs names', async () => {
    expect(await drover('import', 'absent.xml')).toMatchObject({ exitCode: exitCodes.notFound });
    expect(await drover('export')).toMatchObject({ exitCode: exitCodes.usage });
  });
});
