import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOtlpReceiver, type OtlpReceiver } from '@drover/testing';
import { Drover } from './drover';
import { eventually, type SseEvent } from './drover-api';
import { beginnings, fleetEntries } from './fleet-ledgers';

const steps = [
  { id: 'greet', name: 'Greet', type: 'command', command: 'echo hello from a step' },
  {
    id: 'odd',
    name: 'End oddly',
    type: 'command',
    command: 'exit 7',
    successCodes: [0],
    onFailure: { go: 'step', step: 'mend' },
  },
  {
    id: 'skipped',
    name: 'Never reached',
    type: 'command',
    command: 'echo never',
    onSuccess: { go: 'stopFailure' },
  },
  { id: 'mend', name: 'Mend', type: 'command', command: 'exit 3010', onSuccess: { go: 'stopSuccess' } },
];

jest.setTimeout(90_000);

/** Who works on one target, and who only on the request that asked for it. */
const targetServices = [
  'scheduler',
  'asset-inventory',
  'requirements-checker',
  'dispatcher',
  'result-collector',
];
const requestServices = ['gateway', 'scheduler', 'package-catalog', 'asset-inventory'];

describe('a deployment to the simulated fleet', () => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'drover-fleet-'));
  let receiver: OtlpReceiver;
  let drover: Drover;
  let deploymentId: string;
  let events: SseEvent[];

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    drover = await Drover.start({
      stateFolder,
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    });
    const packageId = await drover.createPackage('Branches', steps);
    const deployment = await drover.call<{ id: string }>('POST', '/deployments', { packageId, all: true });
    deploymentId = deployment.id;
    events = await drover.follow(deploymentId, ({ event }) => event === 'finished', 180_000);
  }, 360_000);

  afterAll(async () => {
    await (drover as Drover | undefined)?.stop();
    await receiver.close();
    rmSync(stateFolder, { recursive: true, force: true });
  }, 60_000);

  it('succeeds on all 25, each beginning once', async () => {
    const targets = await drover.targets(deploymentId);
    expect(targets).toHaveLength(25);
    expect(new Set(targets.map((t) => t.status))).toEqual(new Set(['succeeded']));
    const began = beginnings(fleetEntries(stateFolder));
    expect(targets.map((t) => began.get(t.id))).toEqual(targets.map(() => 1));
  });

  it('is followed live: every computer and the output of its steps pass over server-sent events', () => {
    const running = events
      .filter((e) => e.event === 'step')
      .map((e) => e.data as { assetName: string; output?: string });
    const greeted = running
      .filter((step) => step.output?.includes('hello from a step'))
      .map((step) => step.assetName);
    expect(new Set(greeted).size).toBe(25);
  });

  it('took the branches that the exit codes say, and shows them step by step', async () => {
    const [first] = await drover.targets(deploymentId);
    const { steps: runs, history } = await drover.target(first?.id ?? '');
    expect(runs.map((run) => [run.stepName, run.exitCode, run.state])).toEqual([
      ['Greet', 0, 'succeeded'],
      ['End oddly', 7, 'failed'],
      ['Mend', 3010, 'succeeded'],
    ]);
    expect(runs[0]?.output.trim()).toBe('hello from a step');
    expect(history.map((h) => h.to)).toEqual([
      'checking',
      'ready',
      'starting',
      'running',
      'closing',
      'succeeded',
    ]);
  });

  it('leaves nothing of a target on the computers but the runner file', () => {
    const last = new Map<string, string>();
    for (const entry of fleetEntries(stateFolder)) {
      if (entry.event === 'fileCreated') last.set(entry.host + entry.path, 'file');
      if (entry.event === 'fileRenamed') {
        last.delete(entry.host + entry.path);
        last.set(entry.host + entry.to, 'file');
      }
      if (entry.event === 'fileDeleted' || entry.event === 'keyDeleted' || entry.event === 'taskDeleted')
        last.delete(entry.host + entry.path);
      if (entry.event === 'keyCreated' && /[0-9a-f]{8}-.*-\d+$/i.test(entry.path))
        last.set(entry.host + entry.path, 'key');
      if (entry.event === 'taskRegistered') last.set(entry.host + entry.path, 'task');
    }
    expect([...last.keys()].filter((name) => !/runner-[0-9a-f]{16}\.exe$/i.test(name))).toEqual([]);
  });

  it('is one trace per target across the services that work on it, linked to the trace of the request', async () => {
    const traceIds = (await drover.targets(deploymentId)).map((t) => t.traceId);
    expect(new Set(traceIds).size).toBe(25);
    const servicesOf = (traceId: string | null | undefined): string[] => [
      ...new Set(receiver.spans.filter((s) => s.traceId === traceId).map((s) => s.service)),
    ];
    const lacks = (traceId: string | null | undefined, services: string[]): string[] =>
      services.filter((service) => !servicesOf(traceId).includes(service));
    await eventually('all spans have arrived', () =>
      traceIds.every((traceId) => lacks(traceId, targetServices).length === 0) ? true : undefined,
    ).catch(() =>
      expect(traceIds.map((traceId) => lacks(traceId, targetServices))).toEqual(traceIds.map(() => [])),
    );
    for (const traceId of traceIds) {
      const root = receiver.spans.find((s) => s.traceId === traceId && !s.parentSpanId);
      expect(lacks(root?.links[0]?.traceId, requestServices)).toEqual([]);
    }
  });

  it('shows no credential: not in a log, the database, the queue, the bus, an answer or a span', async () => {
    const secrets = fleetPasswords(stateFolder);
    expect(secrets.length).toBeGreaterThan(0);
    const places = new Map<string, Buffer>();
    for (const file of filesBelow(stateFolder)) {
      if (/fleet\/|first-password|keys\//.test(file)) continue;
      places.set(file, readFileSync(file));
    }
    places.set('spans', Buffer.from(JSON.stringify(receiver.spans)));
    places.set('answer', Buffer.from(JSON.stringify(await drover.call('GET', '/credentials'))));
    for (const [place, bytes] of places) {
      for (const secret of secrets) {
        expect([
          place,
          bytes.includes(secret),
          bytes.includes(Buffer.from(secret, 'utf16le')),
          bytes.includes(Buffer.from(secret).toString('base64')),
        ]).toEqual([place, false, false, false]);
      }
    }
  });
});

/** The password of the simulated computers is the secret that Drover was given. */
function fleetPasswords(stateFolder: string): string[] {
  return [readFileSync(join(stateFolder, 'fleet', 'password'), 'utf8').trim()];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
