/** Accepts a deployment: freezes the package version and the assets, and opens one trace per target. */
import { createHash } from 'node:crypto';
import {
  Problem,
  deploymentChanged,
  type Answer,
  type Asked,
  type Asset,
  type PackageVersion,
  type createDeployment as question,
} from '@drover/contracts';
import type { Ports } from '../ports';
import { refuseWhatCannotRun } from './what-cannot-run';
import { withVariables } from './with-variables';
import type { TargetState } from '../target/target';
import { assetsPerQuestion, targetsPerInsert, type NewDeployment } from './deployment';

/**
 * The same request key gives the same deployment, also when two requests race.
 * @throws Problem 'conflict' for a disabled or archived package and for a key that was used for another request,
 * 'invalid' when an asset is not in the inventory.
 */
export async function createDeployment(
  ports: Ports,
  asked: Asked<typeof question>,
): Promise<Answer<typeof question>> {
  const requestKey = asked.requestKey === undefined ? null : `${asked.actor}:${asked.requestKey}`;
  const fingerprint = fingerprintOf(asked);
  const earlier = await earlierDeployment(ports, requestKey, fingerprint);
  if (earlier !== undefined) return earlier;
  const { package: summary, version } = await ports.catalog.version(asked.packageId, asked.version);
  if (summary.isArchived)
    throw notDeployable(summary.name, 'archived', 'Restore it, or deploy another package.');
  if (!summary.isEnabled) throw notDeployable(summary.name, 'disabled', 'Enable it before you deploy it.');
  const content = withVariables(version.content, asked.variables);
  refuseWhatCannotRun(content);
  const assets = await resolveAssets(ports, asked.assetIds);
  const deployment = newDeployment(ports, asked, {
    summary,
    version: { ...version, content },
    requestKey,
    fingerprint,
    targets: assets.length,
  });
  const isInserted = await ports.ledger.transaction(async (tx) => {
    if (!(await tx.insertDeployment(deployment))) return false;
    for (let from = 0; from < assets.length; from += targetsPerInsert) {
      const portion = assets.slice(from, from + targetsPerInsert);
      await tx.insertTargets(
        portion.map((asset, index) => newTarget(ports, deployment, asset, from + index)),
        portion,
      );
    }
    await tx.audit({
      actor: asked.actor,
      action: 'deployment.create',
      subject: deployment.id,
      detail: { package: summary.id, version: version.version, targets: assets.length },
    });
    tx.publish({
      message: deploymentChanged,
      key: deployment.id,
      suffix: deployment.id,
      id: `${deployment.id}-created`,
      payload: {
        deploymentId: deployment.id,
        state: 'active',
        counts: { waiting: assets.length },
        at: deployment.createdAt.toISOString(),
      },
    });
    return true;
  });
  ports.wake('timers');
  const created = isInserted
    ? await ports.ledger.deployment(deployment.id)
    : await earlierDeployment(ports, requestKey, fingerprint);
  if (created === undefined)
    throw new Problem(
      'internal',
      'Deployment not found',
      `Deployment ${deployment.id} was accepted but cannot be read.`,
    );
  return created;
}

async function earlierDeployment(
  ports: Ports,
  requestKey: string | null,
  fingerprint: string,
): Promise<Answer<typeof question> | undefined> {
  const known = requestKey === null ? undefined : await ports.ledger.requestFingerprint(requestKey);
  if (known === undefined) return undefined;
  if (known.fingerprint !== fingerprint)
    throw new Problem('conflict', 'Request key in use', 'This request key was used for another deployment.', {
      remedy: 'Repeat a request unchanged, or give each request a key of its own.',
    });
  return ports.ledger.deployment(known.id);
}

async function resolveAssets(ports: Ports, ids: readonly string[]): Promise<Asset[]> {
  const wanted = [...new Set(ids)];
  const found = new Map<string, Asset>();
  const unknown: string[] = [];
  for (let from = 0; from < wanted.length; from += assetsPerQuestion) {
    const answer = await ports.inventory.resolve(wanted.slice(from, from + assetsPerQuestion));
    for (const asset of answer.assets) found.set(asset.id, asset);
    unknown.push(...answer.unknown);
  }
  if (unknown.length > 0)
    throw new Problem(
      'invalid',
      'Unknown assets',
      `${unknown.length} of ${wanted.length} assets are not in the inventory.`,
      {
        remedy: 'Add them to the inventory, or leave them out.',
        errors: unknown.slice(0, 100).map((id) => ({ path: 'assetIds', message: `there is no asset ${id}` })),
      },
    );
  if (found.size === 0)
    throw new Problem('invalid', 'No assets', 'A deployment needs at least one asset.', {
      errors: [{ path: 'assetIds', message: 'names no asset' }],
    });
  return [...found.values()];
}

function newDeployment(
  ports: Ports,
  asked: Asked<typeof question>,
  found: {
    summary: { id: string; name: string };
    version: PackageVersion;
    requestKey: string | null;
    fingerprint: string;
    targets: number;
  },
): NewDeployment {
  return {
    id: ports.uuid(),
    packageId: found.summary.id,
    packageName: found.summary.name,
    packageVersion: found.version.version,
    content: found.version.content,
    options: asked.options,
    createdAt: ports.now(),
    createdBy: asked.actor,
    requestKey: found.requestKey,
    fingerprint: found.fingerprint,
    targets: found.targets,
  };
}

function newTarget(ports: Ports, deployment: NewDeployment, asset: Asset, position: number): TargetState {
  const id = ports.uuid();
  const trace = ports.traces.start({
    'drover.asset.name': asset.name,
    'drover.target': id,
    'drover.deployment': deployment.id,
    'drover.asset': asset.id,
  });
  return {
    id,
    deploymentId: deployment.id,
    assetId: asset.id,
    assetName: asset.name,
    position,
    status: 'waiting',
    outcome: null,
    attempt: 0,
    generation: 0,
    statusSince: deployment.createdAt,
    dueAt: deployment.createdAt,
    releaseAfter: null,
    releasedAt: null,
    grantedAt: null,
    startedAt: null,
    endedAt: null,
    offlineUntil: null,
    probes: 0,
    cause: null,
    verdicts: [],
    lastExitCode: null,
    journalSequence: -1,
    currentStep: null,
    ...trace,
  };
}

const notDeployable = (name: string, state: string, remedy: string): Problem =>
  new Problem('conflict', `Package ${state}`, `The package “${name}” is ${state} and cannot be deployed.`, {
    remedy,
  });

const fingerprintOf = (asked: Asked<typeof question>): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        asked.packageId,
        asked.version ?? null,
        [...new Set(asked.assetIds)].sort(),
        asked.options,
        asked.variables,
      ]),
    )
    .digest('hex');
