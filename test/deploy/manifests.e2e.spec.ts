import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lifecycle } from '@drover/domain';
import { parse, parseAllDocuments } from 'yaml';
import { kubectl } from './kubectl';

const root = join(__dirname, '..', '..');

interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec?: { template?: { spec: PodSpec } };
}
interface PodSpec {
  containers: { args?: string[]; env?: { name: string }[]; volumeMounts?: { name: string }[] }[];
  volumes?: { name: string; secret?: { secretName: string } }[];
}

async function render(folder: string): Promise<KubernetesObject[]> {
  const yaml = execFileSync(await kubectl(), ['kustomize', join(root, 'deploy/k8s', folder)], {
    encoding: 'utf8',
  });
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject);
}

/** The generated model of an object's kind, which knows its schema. */
function validate(object: KubernetesObject): void {
  const folder = object.apiVersion.includes('/') ? object.apiVersion : `${object.apiVersion}`;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module depends on the object's kind.
  const models = require(`kubernetes-models/${folder}`) as Record<
    string,
    new (o: object) => { validate(): void }
  >;
  const Model = models[object.kind];
  if (!Model) throw new Error(`no schema for ${object.apiVersion} ${object.kind}`);
  new Model(object).validate();
}

describe.each(['base', 'overlays/demo'])('the Kubernetes manifests in %s', (folder) => {
  it('render, and every object follows its schema', async () => {
    const objects = await render(folder);
    expect(objects.length).toBeGreaterThan(8);
    for (const object of objects) validate(object);
  });

  it('run every service that owns a status, and no service that does not exist', async () => {
    const services = (await render(folder))
      .filter((o) => o.kind === 'Deployment')
      .map((o) => o.spec?.template?.spec.containers[0]?.args?.[0] ?? '');
    for (const owner of Object.values(lifecycle).map((row) => row.owner)) expect(services).toContain(owner);
    for (const service of services)
      expect(existsSync(join(root, 'apps', service, 'src', 'main.ts'))).toBe(true);
  });

  it('give the private key to workers only, and the database to none of them', async () => {
    const workers = ['requirements-checker', 'dispatcher', 'result-collector'];
    for (const object of await render(folder)) {
      const pod = object.spec?.template?.spec;
      if (object.kind !== 'Deployment' || !pod) continue;
      const hasPrivateKey = (pod.volumes ?? []).some((v) => v.secret?.secretName === 'drover-private-key');
      const hasDatabase = pod.containers.some((c) => (c.env ?? []).some((e) => e.name === 'DATABASE_URL'));
      expect([object.metadata.name, hasPrivateKey, hasDatabase]).toEqual([
        object.metadata.name,
        workers.includes(object.metadata.name),
        !workers.includes(object.metadata.name),
      ]);
    }
  });
});

describe('the container files', () => {
  it('compose names the same services as the base', async () => {
    const compose = parse(readFileSync(join(root, 'docker/compose.yaml'), 'utf8'), { merge: true }) as {
      services: Record<string, unknown>;
    };
    const deployed = (await render('base'))
      .filter((o) => o.kind === 'Deployment')
      .map((o) => o.metadata.name);
    for (const name of deployed) expect(Object.keys(compose.services)).toContain(name);
  });

  it('the image copies only what exists, and starts a main.js that each service builds', () => {
    const dockerfile = readFileSync(join(root, 'docker/Dockerfile'), 'utf8');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((m) =>
      (m[1] ?? '').split(' '),
    );
    for (const path of copied) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });
});
