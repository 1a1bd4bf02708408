/** What an end-to-end suite says to Drover's HTTP API, whichever way Drover was started. */
import { httpStatusOf, type Deployment, type Target, type TargetDetail } from '@drover/contracts';
import { isFinal } from '@drover/domain';

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

export class DroverApi {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  /** Signs in as the first user. @returns the token. */
  static async logIn(url: string, password: string): Promise<string> {
    const answer = await fetch(`${url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    if (!answer.ok) throw new Error(`login answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { token: string }).token;
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
