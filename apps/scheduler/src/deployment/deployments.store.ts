/** The table `deployment`: its columns and queries. */
import type { Deployment } from '@drover/contracts';
import type { EntityManager } from 'typeorm';
import { query } from '../sql.adapter';
import type { DeploymentState, NewDeployment } from './deployment';

interface DeploymentRow {
  id: string;
  package_id: string;
  package_name: string;
  package_version: number;
  options: Deployment['options'];
  state: DeploymentState;
  created_at: Date;
  created_by: string;
  finished_at: Date | null;
  targets: number;
  counts: Record<string, number> | null;
}

const columns = `d.id, d.package_id, d.package_name, d.package_version, d.options, d.state, d.created_at, d.created_by,
  d.finished_at, d.targets,
  (SELECT json_object_agg(s.status, s.n) FROM
    (SELECT status, count(*)::int AS n FROM target WHERE deployment_id = d.id GROUP BY status) s) AS counts`;

export async function insertDeployment(manager: EntityManager, deployment: NewDeployment): Promise<boolean> {
  const rows = await query(
    manager,
    `INSERT INTO deployment (id, package_id, package_name, package_version, content, options, state, created_at,
                             created_by, request_key, fingerprint, targets, open_targets)
     VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $10, $11, $11)
     ON CONFLICT (request_key) DO NOTHING RETURNING id`,
    [
      deployment.id,
      deployment.packageId,
      deployment.packageName,
      deployment.packageVersion,
      JSON.stringify(deployment.content),
      JSON.stringify(deployment.options),
      deployment.createdAt,
      deployment.createdBy,
      deployment.requestKey,
      deployment.fingerprint,
      deployment.targets,
    ],
  );
  return rows.length === 1;
}

export async function readDeployment(manager: EntityManager, id: string): Promise<Deployment | undefined> {
  const [row] = await query<DeploymentRow>(manager, `SELECT ${columns} FROM deployment d WHERE d.id = $1`, [
    id,
  ]);
  return row && deploymentOf(row);
}

export async function readDeployments(
  manager: EntityManager,
  limit: number,
  before: Date | undefined,
): Promise<Deployment[]> {
  const rows = await query<DeploymentRow>(
    manager,
    `SELECT ${columns} FROM deployment d WHERE $1::timestamptz IS NULL OR d.created_at < $1
      ORDER BY d.created_at DESC, d.id LIMIT $2`,
    [before ?? null, limit],
  );
  return rows.map(deploymentOf);
}

export async function requestFingerprint(
  manager: EntityManager,
  requestKey: string,
): Promise<{ id: string; fingerprint: string } | undefined> {
  const [row] = await query<{ id: string; fingerprint: string }>(
    manager,
    'SELECT id, fingerprint FROM deployment WHERE request_key = $1',
    [requestKey],
  );
  return row;
}

export async function startCancelling(manager: EntityManager, id: string, now: Date): Promise<boolean> {
  const rows = await query(
    manager,
    `UPDATE deployment SET state = 'cancelling', cancelled_at = $2 WHERE id = $1 AND state = 'active' RETURNING id`,
    [id, now],
  );
  return rows.length === 1;
}

/** A share lock: a cancel waits for the transaction, or is seen by it. */
export async function shareDeployment(
  manager: EntityManager,
  id: string,
): Promise<DeploymentState | undefined> {
  const [row] = await query<{ state: DeploymentState }>(
    manager,
    'SELECT state FROM deployment WHERE id = $1 FOR SHARE',
    [id],
  );
  return row?.state;
}

export async function countEnded(manager: EntityManager, id: string): Promise<number> {
  const [row] = await query<{ open_targets: number }>(
    manager,
    'UPDATE deployment SET open_targets = open_targets - 1 WHERE id = $1 RETURNING open_targets',
    [id],
  );
  return row?.open_targets ?? 0;
}

export async function finishDeployment(manager: EntityManager, id: string, now: Date): Promise<void> {
  await manager.query(`UPDATE deployment SET state = 'finished', finished_at = $2 WHERE id = $1`, [id, now]);
}

export async function stepName(manager: EntityManager, id: string, step: number): Promise<string> {
  const [row] = await query<{ name: string | null }>(
    manager,
    `SELECT content->'steps'->($2::int)->>'name' AS name FROM deployment WHERE id = $1`,
    [id, step],
  );
  return row?.name ?? `step ${step + 1}`;
}

const deploymentOf = (row: DeploymentRow): Deployment => ({
  id: row.id,
  packageId: row.package_id,
  packageName: row.package_name,
  packageVersion: row.package_version,
  runMode: 'system',
  state: row.state,
  options: row.options,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  finishedAt: row.finished_at?.toISOString() ?? null,
  counts: row.counts ?? {},
  targets: row.targets,
});
