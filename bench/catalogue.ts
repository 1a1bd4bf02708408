/** The catalogue as an operator meets it: over HTTP, with 5,000 packages of 20 steps; list and search, p95. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { PackageContentInput } from '@drover/contracts';
import { ensureKeyPair, loadConfiguration } from '@drover/platform';
import { freePort, throwAwayServers, waitFor } from '@drover/testing';
import { report, type Figure } from './report';

const packageCount = 5000;
const stepCount = 20;
const questions = 300;
const savedAtOnce = 8;
const aimMs = 50;
const startedWithinMs = 60_000;

export async function benchCatalogue(): Promise<void> {
  const servers = await throwAwayServers();
  const password = randomBytes(12).toString('base64url');
  const processes: ChildProcess[] = [];
  try {
    await ensureKeyPair(loadConfiguration(servers.environment));
    const port = await freePort();
    const environment = { ...servers.environment, DROVER_FIRST_PASSWORD: password };
    processes.push(
      startService('package-catalog', { ...environment, DROVER_PORT: String(await freePort()) }),
    );
    processes.push(startService('gateway', { ...environment, DROVER_PORT: String(port) }));
    const catalogue = new Catalogue(`http://127.0.0.1:${port}`);
    await catalogue.signIn(password);
    report('catalogue', await measure(catalogue, await fill(catalogue)), {});
  } finally {
    for (const one of processes.reverse()) await ended(one);
    await servers.close();
  }
}

const startService = (name: string, environment: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [join(__dirname, '..', 'apps', name, 'dist', 'main.js')], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

async function ended(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null) return;
  const end = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  await end;
}

class Catalogue {
  private token = '';

  constructor(private readonly url: string) {}

  /** Waits until both services answer. */
  async signIn(password: string): Promise<void> {
    const isReady = async (): Promise<true | undefined> => {
      try {
        const { token } = (await this.send('POST', '/sessions', { username: 'admin', password })) as {
          token: string;
        };
        this.token = token;
        await this.send('GET', '/packages');
        return true;
      } catch (error) {
        if (error instanceof TypeError || error instanceof RefusedError) return undefined;
        throw error;
      }
    };
    if (!(await waitFor(isReady, startedWithinMs))) throw new RefusedError('the services do not answer');
  }

  async send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new RefusedError(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
}

class RefusedError extends Error {}

const products = ['Firefox', 'Seven Zip', 'Reader', 'Office', 'Chat', 'Printer', 'Scanner', 'Runtime'];
const nameOf = (index: number): string =>
  `${products[index % products.length] ?? ''} ${String(index).padStart(4, '0')}`;

const contentOf = (index: number): PackageContentInput => ({
  name: nameOf(index),
  description: `Installs ${nameOf(index)} for department ${index % 97} and tells the users about it.`,
  labels: [`Ring ${index % 4}`, `Department ${index % 97}`],
  steps: Array.from({ length: stepCount }, (_, step) => ({
    id: `step-${step}`,
    name: `Step ${step} of ${nameOf(index)}`,
    type: 'installer' as const,
    file: `{PackageShare}\\Installers\\${products[(index + step) % products.length] ?? ''}\\setup-${index}-${step}.msi`,
    parameters: `ALLUSERS=1 SITE=${index % 97} KEY=value${step}`,
  })),
});

async function fill(catalogue: Catalogue): Promise<string[]> {
  const ids: string[] = [];
  let index = 0;
  const work = async (): Promise<void> => {
    while (index < packageCount) {
      const saved = await catalogue.send('POST', '/packages', contentOf(index++));
      ids.push((saved['package'] as { id: string }).id);
    }
  };
  await Promise.all(Array.from({ length: savedAtOnce }, work));
  return ids;
}

async function measure(catalogue: Catalogue, ids: string[]): Promise<Figure[]> {
  const get = async (path: string, hits: boolean): Promise<void> => {
    const { packages } = (await catalogue.send('GET', path)) as { packages?: unknown[] };
    if (hits && packages?.length === 0) throw new RefusedError(`${path} finds nothing`);
  };
  const p95 = async (name: string, pathOf: (turn: number) => string, hits = true): Promise<Figure> => {
    for (let turn = 0; turn < 20; turn++) await get(pathOf(turn), hits);
    const times: number[] = [];
    for (let turn = 0; turn < questions; turn++) {
      const from = performance.now();
      await get(pathOf(turn), hits);
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const value = times[Math.floor(questions * 0.95)] ?? 0;
    return { name: `${name}, p95`, value, unit: 'ms', aim: aimMs, better: 'lower' };
  };
  const number = (turn: number): number => (turn * 4861) % packageCount;
  return [
    await p95('list, first 100', () => '/packages'),
    await p95(
      'list, a page in the middle',
      (turn) => `/packages?after=${encodeURIComponent(nameOf(number(turn)))}`,
      false,
    ),
    await p95('search, one package', (turn) => `/packages?search=setup+${number(turn)}`),
    await p95(
      'search, part of a name',
      (turn) =>
        `/packages?search=${encodeURIComponent(`x ${String(number(turn) - (number(turn) % 8)).padStart(4, '0')}`)}`,
      false,
    ),
    await p95('search, everything matches', () => '/packages?search=installs'),
    await p95('filter by label', (turn) => `/packages?label=Department+${turn % 97}`),
    await p95(
      'one version with its steps',
      (turn) => `/packages/${ids[number(turn)] ?? ''}/versions/1`,
      false,
    ),
  ];
}
