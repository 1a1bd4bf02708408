/** The gateway, the inventory and the catalogue over real servers, with a ledger that does what a test says. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssetInventoryModule } from '@drover/asset-inventory';
import { GatewayModule, readFirstPassword } from '@drover/gateway';
import { PackageCatalogModule } from '@drover/package-catalog';
import { ensureKeyPair, loadConfiguration, startService, type RunningService } from '@drover/platform';
import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { ScriptedLedger, ScriptedLedgerModule } from './scripted-ledger';

export interface Answered {
  status: number;
  headers: Headers;
  // The tests look into JSON of many shapes; what they expect is written beside each expectation.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** What the HTTP server really serves, as it says itself. */
export interface ServedRoute {
  method: string;
  path: string;
}

const collectRoutes = (routes: ServedRoute[]) => (app: RunningService['app']) => {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push({ method: one, path: url });
    });
};

export class Edge {
  /** Everything that was answered, to search it for secrets. */
  readonly answers: string[] = [];
  token: string | undefined;

  constructor(
    readonly url: string,
    readonly servers: ThrowAwayServers,
    readonly ledger: ScriptedLedger,
    readonly services: RunningService[],
    readonly firstPassword: string,
    readonly logFile: string,
    readonly routes: readonly ServedRoute[],
  ) {}

  async ask(
    method: string,
    path: string,
    body?: unknown,
    more: { headers?: Record<string, string>; token?: string | null } = {},
  ): Promise<Answered> {
    const token = more.token === undefined ? this.token : more.token;
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...more.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.answers.push(text);
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async signIn(): Promise<void> {
    const { body } = await this.ask('POST', '/sessions', { username: 'admin', password: this.firstPassword });
    this.token = body.token;
  }

  log(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  /** Ends the gateway and starts another one at the same address, as an update does. */
  async restartGateway(): Promise<void> {
    await this.services.pop()?.close();
    const configuration = loadConfiguration(this.servers.environment);
    const http = { port: Number(new URL(this.url).port) };
    this.services.push(
      await startService(GatewayModule, { name: 'gateway', configuration, signals: false, http }),
    );
  }

  async close(): Promise<void> {
    for (const service of [...this.services].reverse()) await service.close();
    await this.servers.close();
  }
}

export async function startEdge(): Promise<Edge> {
  const servers = await throwAwayServers();
  const services: RunningService[] = [];
  try {
    return await startOver(servers, services);
  } catch (error) {
    for (const service of services.reverse()) await service.close();
    await servers.close();
    throw error;
  }
}

async function startOver(servers: ThrowAwayServers, services: RunningService[]): Promise<Edge> {
  const logFile = join(servers.folder, 'log.jsonl');
  await writeFile(logFile, '');
  const environment = {
    ...servers.environment,
    LOG_LEVEL: 'debug',
    LOG_FILE: logFile,
    DROVER_SHUTDOWN_SECONDS: '5',
  };
  const configuration = loadConfiguration(environment);
  await ensureKeyPair(configuration);
  const routes: ServedRoute[] = [];
  for (const [name, module] of [
    ['asset-inventory', AssetInventoryModule],
    ['package-catalog', PackageCatalogModule],
    ['scripted-ledger', ScriptedLedgerModule],
    ['gateway', GatewayModule],
  ] as const) {
    const http = name === 'gateway' ? { http: { port: 0 }, configure: collectRoutes(routes) } : {};
    services.push(await startService(module, { name, configuration, signals: false, ...http }));
  }
  const gateway = services.at(-1);
  const ledger = services[2]?.app.get(ScriptedLedger, { strict: false });
  const password = await readFirstPassword(configuration.stateFolder);
  if (!gateway?.url || !ledger || !password) throw new Error('the edge did not start');
  const edge = new Edge(gateway.url, servers, ledger, services, password, logFile, routes);
  await edge.signIn();
  return edge;
}
