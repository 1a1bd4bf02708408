/** Each service as a process of its own, as on Kubernetes: the same code, no process that has both web tier and private key. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import {
  defaultUsername,
  freePort,
  startFleetProcess,
  throwAwayServers,
  type FleetProcess,
  type ThrowAwayServers,
} from '@drover/testing';
import { DroverApi, eventually } from './drover-api';

jest.setTimeout(120_000);

const root = join(__dirname, '..', '..');
const services = ['package-catalog', 'asset-inventory', 'scheduler', 'gateway'];
const workers = ['requirements-checker', 'dispatcher', 'result-collector'];

describe('seven services, each a process of its own', () => {
  const firstPassword = randomBytes(12).toString('base64url');
  const fleetPassword = randomBytes(12).toString('base64url');
  const children = new Map<string, ChildProcess>();
  const said = new Map<string, string>();
  let servers: ThrowAwayServers;
  let fleet: FleetProcess;
  let api: DroverApi;
  let environment: Record<string, string>;

  beforeAll(async () => {
    process.env['DROVER_FLEET_PASSWORD'] = fleetPassword;
    servers = await throwAwayServers();
    fleet = await startFleetProcess({
      count: 3,
      subnet: '127.21.3',
      stateFolder: join(servers.folder, 'fleet'),
    });
    const publicKey = join(servers.folder, 'apart', 'public.key');
    const privateKey = join(servers.folder, 'apart', 'private.key');
    execFileSync(process.execPath, ['libs/platform/dist/secrets/make-keys/main.js', publicKey, privateKey], {
      cwd: root,
    });
    const port = await freePort();
    environment = { ...servers.environment, LOG_LEVEL: 'warn', DROVER_PUBLIC_KEY_FILE: publicKey };
    for (const name of services)
      start(name, { DROVER_PORT: String(port), DROVER_FIRST_PASSWORD: firstPassword });
    for (const name of workers)
      start(name, { DATABASE_URL: '', DROVER_PUBLIC_KEY_FILE: '', DROVER_PRIVATE_KEY_FILE: privateKey });
    const url = `http://127.0.0.1:${port}`;
    await eventually('the gateway is ready', async () => {
      const ended = [...children]
        .filter(([, child]) => child.exitCode !== null)
        .map(([name]) => `${name}: ${said.get(name)}`);
      if (ended.length > 0) throw new Error(`ended: ${ended.join('\n')}`);
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined); // tidy: it is not listening yet
      return answer?.ok ? true : undefined;
    });
    api = new DroverApi(url, await DroverApi.logIn(url, firstPassword));
  });

  afterAll(async () => {
    for (const child of children.values()) child.kill('SIGTERM');
    await eventually('all services have ended', () =>
      [...children.values()].every((child) => child.exitCode !== null || child.signalCode !== null)
        ? true
        : undefined,
    );
    await fleet.close();
    await servers.close();
    delete process.env['DROVER_FLEET_PASSWORD'];
  });

  function start(name: string, more: Record<string, string>): void {
    const child = spawn(process.execPath, [join(root, 'apps', name, 'dist', 'main.js')], {
      env: { ...process.env, ...environment, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) =>
        said.set(name, `${said.get(name) ?? ''}${chunk.toString()}`.slice(-4_000)),
      );
    }
    children.set(name, child);
  }

  it('deploy together, and carry on when one of them is killed and started again', async () => {
    for (const { name, address, port } of fleet.hosts)
      await api.call('POST', '/assets', { name, address, port });
    await api.call('POST', '/credentials', {
      name: 'fleet',
      username: defaultUsername,
      password: fleetPassword,
    });
    const packageId = await api.createPackage('Apart', [
      { id: 'a', name: 'Greet', type: 'command', command: 'echo hello' },
    ]);
    const names = fleet.hosts.map((host) => host.name);
    const { id } = await api.deploy(packageId, names);
    const killed = children.get('scheduler');
    killed?.kill('SIGKILL');
    await eventually('the scheduler has ended', () => (killed?.signalCode ? true : undefined));
    start('scheduler', {});
    const targets = await api.finished(id, 90_000);
    expect(targets.map((t) => [t.assetName, t.status])).toEqual(names.map((name) => [name, 'succeeded']));
    for (const name of names)
      expect(fleet.ledger(name).filter((entry) => entry.event === 'attemptBegun')).toHaveLength(1);
  });

  it('read only settings that the manifests and compose can give them', () => {
    const configuration = readFileSync(
      join(root, 'libs/platform/src/configuration/configuration.ts'),
      'utf8',
    );
    const known = new Set([...configuration.matchAll(/^ {2}([A-Z_]+):/gm)].map((m) => m[1]));
    const config = parse(
      readFileSync(join(root, 'deploy/k8s/base/common.yaml'), 'utf8').split('---')[1] ?? '',
    ) as { data: Record<string, string> };
    for (const name of Object.keys(config.data)) expect(known).toContain(name);
    const compose = readFileSync(join(root, 'docker/compose.yaml'), 'utf8');
    for (const [, name] of compose.matchAll(/\b(DROVER_[A-Z_]+):/g)) expect(known).toContain(name);
  });

  it('say in one line what is missing when they cannot start, and end with 1', async () => {
    const child = spawn(process.execPath, [join(root, 'apps/scheduler/dist/main.js')], {
      env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'silent', DROVER_STATE: servers.folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    await eventually('it has ended', () => (child.exitCode !== null ? true : undefined));
    expect(child.exitCode).toBe(1);
    expect(error).toMatch(/^scheduler: .*(DATABASE_URL|NATS_URL|REDIS_URL).*\n$/);
  });
});
