/**
 * A standalone Drover in a process of its own, as an operator would have it, for the end-to-end suites: start it,
 * talk to its HTTP API, kill it without warning, start it again on the same state.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpStatusOf, type Deployment, type Target, type TargetDetail } from '@drover/contracts';
import { isFinal } from '@drover/domain';

const root = join(__dirname, '..', '..');
const startLimitMs = 120_000;

export interface DroverOptions {
  stateFolder: string;
  /** More arguments for the standalone process, such as --no-fleet. */
  arguments?: string[];
  environment?: Record<string, string>;
}

export interface SseEvent {
  id: string;
  event: string;
  data: unknown;
}

/** Polls until `probe` gives something. @throws Error with `what` when the deadline passes first. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  limitMs = 60_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Drover {
  private constructor(
    private readonly options: DroverOptions,
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly token: string,
  ) {}

  /** Starts it and logs in with the first password. Resolves when the API is ready. */
  static async start(options: DroverOptions): Promise<Drover> {
    mkdirSync(options.stateFolder, { recursive: true });
    const log = createWriteStream(join(options.stateFolder, 'standalone.log'), { flags: 'a' });
    const child = spawn(
      process.execPath,
      ['apps/standalone/dist/main.js', '--state', options.stateFolder, ...(options.arguments ?? [])],
      {
        cwd: root,
        env: { ...process.env, ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-20_000);
        log.write(chunk);
      });
    }
    const ports = join(options.stateFolder, 'ports.json');
    const ready = await eventually(
      'the standalone process is ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`standalone ended with ${child.exitCode}:\n${output}`);
        if (!output.includes('Drover is ready')) return undefined;
        const url = `http://127.0.0.1:${(JSON.parse(readFileSync(ports, 'utf8')) as { gateway: number }).gateway}`;
        const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
        return answer?.ok ? url : undefined;
      },
      startLimitMs,
    ).catch((error: Error) => {
      child.kill('SIGKILL');
      throw new Error(`${error.message}\n${output}`, { cause: error });
    });
    const token = await Drover.logIn(ready, options.stateFolder);
    return new Drover(options, child, ready, token);
  }

  private static async logIn(url: string, stateFolder: string): Promise<string> {
    const password = readFileSync(join(stateFolder, 'first-password'), 'utf8').trim();
    const answer = await fetch(`${url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    if (!answer.ok) throw new Error(`login answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { token: string }).token;
  }

  /** Ends the process as a power cut would. The servers and the fleet are processes of their own. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Ends it as Ctrl-C would. @returns its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    await this.ended();
    return this.child.exitCode;
  }

  private async ended(): Promise<void> {
    await eventually('the standalone process has ended', () =>
      this.child.exitCode !== null || this.child.signalCode !== null ? true : undefined,
    );
  }

  async restart(): Promise<Drover> {
    return Drover.start(this.options);
  }

  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400)
      throw new Error(
        `${method} ${path} answered ${answer.status} (${Object.entries(httpStatusOf).find(([, s]) => s === answer.status)?.[0] ?? '?'}): ${text}`,
      );
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Every target of a deployment. */
  async targets(deploymentId: string): Promise<Target[]> {
    const { targets } = await this.call<{ targets: Target[] }>(
      'GET',
      `/deployments/${deploymentId}/targets?limit=1000`,
    );
    return targets;
  }

  target(id: string): Promise<TargetDetail> {
    return this.call<TargetDetail>('GET', `/targets/${id}`);
  }

  async finished(deploymentId: string, limitMs = 120_000): Promise<Target[]> {
    return eventually(
      `deployment ${deploymentId} has finished`,
      async () => {
        const targets = await this.targets(deploymentId);
        return targets.length > 0 && targets.every((t) => isFinal(t.status)) ? targets : undefined;
      },
      limitMs,
    );
  }

  deploy(packageId: string, assetNames: string[], options: object = {}): Promise<Deployment> {
    return this.call<Deployment>('POST', '/deployments', { packageId, assetNames, ...options });
  }

  async createPackage(name: string, steps: object[], more: object = {}): Promise<string> {
    const saved = await this.call<{ package: { id: string } }>('POST', '/packages', { name, steps, ...more });
    return saved.package.id;
  }

  /** Server-sent events of a deployment until `until` says so. */
  async follow(
    deploymentId: string,
    until: (event: SseEvent) => boolean,
    limitMs = 60_000,
  ): Promise<SseEvent[]> {
    const abort = AbortSignal.timeout(limitMs);
    const answer = await fetch(`${this.url}/api/v1/deployments/${deploymentId}/events`, {
      headers: { authorization: `Bearer ${this.token}` },
      signal: abort,
    });
    if (!answer.ok || !answer.body) throw new Error(`events answered ${answer.status}`);
    const events: SseEvent[] = [];
    let text = '';
    for await (const chunk of answer.body) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = parseEvent(text.slice(0, end));
        text = text.slice(end + 2);
        if (!event) continue;
        events.push(event);
        if (until(event)) return events;
      }
    }
    return events;
  }
}

function parseEvent(block: string): SseEvent | undefined {
  const fields = block
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
  const field = (name: string): string => fields.find(([key]) => key === name)?.[1] ?? '';
  const data = field('data');
  return data === ''
    ? undefined
    : { id: field('id'), event: field('event'), data: JSON.parse(data) as unknown };
}
