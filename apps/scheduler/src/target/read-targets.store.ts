/** Targets as operators and workers read them: pages, one target with its history, and the facts of an assignment. */
import type { Asset, PackageVersion, Target, TargetDetail } from '@drover/contracts';
import type { Status } from '@drover/domain';
import type { EntityManager } from 'typeorm';
import type { DeploymentState } from '../deployment/deployment';
import type { AssignmentFacts } from '../ports';
import { query } from '../sql.adapter';
import { readSteps } from './step-runs.store';
import type { TargetState } from './target';
import { targetColumns, targetOf, type TargetRow } from './targets.store';

/** More lines of history than a target can have with its attempts and its probes over a day. */
const historyShownMax = 2000;

export async function readTargets(
  manager: EntityManager,
  q: { deploymentId: string; status: Status | undefined; limit: number; after: string | undefined },
): Promise<{ targets: Target[]; total: number }> {
  const filter = 't.deployment_id = $1 AND ($2::text IS NULL OR t.status = $2)';
  const [count] = await query<{ n: number }>(
    manager,
    `SELECT count(*)::int AS n FROM target t WHERE ${filter}`,
    [q.deploymentId, q.status ?? null],
  );
  const rows = await query<TargetRow>(
    manager,
    `SELECT ${targetColumns} FROM target t WHERE ${filter}
        AND ($3::uuid IS NULL OR (t.asset_name, t.id) > (SELECT a.asset_name, a.id FROM target a WHERE a.id = $3))
      ORDER BY t.asset_name, t.id LIMIT $4`,
    [q.deploymentId, q.status ?? null, q.after ?? null, q.limit],
  );
  return { targets: rows.map((row) => shown(targetOf(row))), total: count?.n ?? 0 };
}

export async function readTargetDetail(
  manager: EntityManager,
  id: string,
): Promise<TargetDetail | undefined> {
  const [row] = await query<TargetRow>(manager, `SELECT ${targetColumns} FROM target t WHERE t.id = $1`, [
    id,
  ]);
  if (row === undefined) return undefined;
  const history = await query<{
    generation: number;
    attempt: number;
    from_status: Status | null;
    fact: string;
    to_status: Status;
    at: Date;
    cause: TargetState['cause'];
  }>(
    manager,
    `SELECT generation, attempt, from_status, fact, to_status, at, cause FROM target_history
      WHERE target_id = $1 ORDER BY id LIMIT $2`,
    [id, historyShownMax],
  );
  return {
    ...shown(targetOf(row)),
    history: history.map(({ from_status: from, to_status: to, at, ...line }) => ({
      ...line,
      from,
      to,
      at: at.toISOString(),
    })),
    verdicts: row.verdicts,
    steps: await readSteps(manager, id),
  };
}

export async function readAssignmentFacts(
  manager: EntityManager,
  id: string,
): Promise<AssignmentFacts | undefined> {
  const [row] = await query<
    TargetRow & {
      asset: Asset;
      package_name: string;
      package_version: number;
      content: PackageVersion['content'];
      state: DeploymentState;
    }
  >(
    manager,
    `SELECT ${targetColumns}, t.asset, d.package_name, d.package_version, d.content, d.state
       FROM target t JOIN deployment d ON d.id = t.deployment_id WHERE t.id = $1`,
    [id],
  );
  return (
    row && {
      target: targetOf(row),
      asset: row.asset,
      deployment: {
        packageName: row.package_name,
        packageVersion: row.package_version,
        content: row.content,
        state: row.state,
      },
    }
  );
}

const shown = (target: TargetState): Target => ({
  id: target.id,
  deploymentId: target.deploymentId,
  assetId: target.assetId,
  assetName: target.assetName,
  status: target.status,
  outcome: target.outcome,
  attempt: target.attempt,
  generation: target.generation,
  statusSince: target.statusSince.toISOString(),
  dueAt: target.dueAt?.toISOString() ?? null,
  startedAt: target.startedAt?.toISOString() ?? null,
  endedAt: target.endedAt?.toISOString() ?? null,
  currentStep: target.currentStep,
  lastExitCode: target.lastExitCode,
  cause: target.cause,
  traceId: target.traceId,
});
