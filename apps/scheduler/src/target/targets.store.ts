/** The table `target`: its columns, and every query that changes or chooses targets. */
import type { Asset, Cause, Verdict } from '@drover/contracts';
import type { FinalStatus, Status } from '@drover/domain';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { AssetHeld, type LockedTarget } from '../ports';
import { query } from '../sql.adapter';
import { insertHistory } from './history.store';
import {
  cancellableStatuses,
  holdingStatuses,
  runningStatuses,
  type Arrow,
  type TargetState,
} from './target';

export interface TargetRow {
  id: string;
  deployment_id: string;
  asset_id: string;
  asset_name: string;
  position: string;
  status: Status;
  outcome: FinalStatus | null;
  attempt: number;
  generation: number;
  status_since: Date;
  due_at: Date | null;
  release_after: Date | null;
  released_at: Date | null;
  granted_at: Date | null;
  started_at: Date | null;
  ended_at: Date | null;
  offline_until: Date | null;
  probes: number;
  cause: Cause | null;
  verdicts: Verdict[];
  last_exit_code: string | null;
  journal_sequence: number;
  current_step: TargetState['currentStep'];
  trace_id: string | null;
  traceparent: string | null;
}

export const targetColumns = `t.id, t.deployment_id, t.asset_id, t.asset_name, t.position, t.status, t.outcome, t.attempt,
  t.generation, t.status_since, t.due_at, t.release_after, t.released_at, t.granted_at, t.started_at, t.ended_at,
  t.offline_until, t.probes, t.cause, t.verdicts, t.last_exit_code, t.journal_sequence, t.current_step, t.trace_id,
  t.traceparent`;

export const targetOf = (row: TargetRow): TargetState => ({
  id: row.id,
  deploymentId: row.deployment_id,
  assetId: row.asset_id,
  assetName: row.asset_name,
  position: Number(row.position),
  status: row.status,
  outcome: row.outcome,
  attempt: row.attempt,
  generation: row.generation,
  statusSince: row.status_since,
  dueAt: row.due_at,
  releaseAfter: row.release_after,
  releasedAt: row.released_at,
  grantedAt: row.granted_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  offlineUntil: row.offline_until,
  probes: row.probes,
  cause: row.cause,
  verdicts: row.verdicts,
  lastExitCode: row.last_exit_code === null ? null : Number(row.last_exit_code),
  journalSequence: row.journal_sequence,
  currentStep: row.current_step,
  traceId: row.trace_id,
  traceparent: row.traceparent,
});

export async function lockTarget(manager: EntityManager, id: string): Promise<LockedTarget | undefined> {
  const [row] = await query<TargetRow & { state: string; duration: number; retry: number }>(
    manager,
    `SELECT ${targetColumns}, d.state, (d.content->>'maximumDurationSeconds')::int AS duration,
            (d.options->'offline'->>'retryForSeconds')::int AS retry
       FROM target t JOIN deployment d ON d.id = t.deployment_id WHERE t.id = $1 FOR UPDATE OF t`,
    [id],
  );
  return (
    row && {
      target: targetOf(row),
      rules: {
        isCancelRequested: row.state === 'cancelling',
        maximumDurationSeconds: row.duration,
        retryForSeconds: row.retry,
      },
    }
  );
}

/** One statement for the row and its history: a fold is many of these, and each costs a round trip. */
export async function saveTarget(
  manager: EntityManager,
  target: TargetState,
  arrows: Arrow[],
): Promise<void> {
  try {
    await manager.query(
      `WITH lines AS (${insertHistory('$1', '$20')})
       UPDATE target SET status = $2, outcome = $3, attempt = $4, generation = $5, status_since = $6, due_at = $7,
         release_after = $8, released_at = $9, granted_at = $10, started_at = $11, ended_at = $12, offline_until = $13,
         probes = $14, cause = $15, verdicts = $16, last_exit_code = $17, journal_sequence = $18, current_step = $19
       WHERE id = $1::uuid`,
      [
        target.id,
        target.status,
        target.outcome,
        target.attempt,
        target.generation,
        target.statusSince,
        target.dueAt,
        target.releaseAfter,
        target.releasedAt,
        target.grantedAt,
        target.startedAt,
        target.endedAt,
        target.offlineUntil,
        target.probes,
        target.cause && JSON.stringify(target.cause),
        JSON.stringify(target.verdicts),
        target.lastExitCode,
        target.journalSequence,
        target.currentStep && JSON.stringify(target.currentStep),
        JSON.stringify(arrows),
      ],
    );
  } catch (error) {
    if (
      error instanceof QueryFailedError &&
      'constraint' in error.driverError &&
      error.driverError.constraint === 'target_holds_asset'
    )
      throw new AssetHeld(target.id);
    throw error;
  }
}

/** Positions are given in the order of the arrays. */
export async function insertTargets(
  manager: EntityManager,
  targets: TargetState[],
  assets: Asset[],
): Promise<void> {
  await manager.query(
    `INSERT INTO target (id, deployment_id, asset_id, asset_name, asset, trace_id, traceparent, status, attempt,
                         generation, status_since, due_at, probes, verdicts, journal_sequence)
     SELECT id, $2::uuid, asset_id, asset_name, asset, trace_id, traceparent, 'waiting', 0, 0, $3::timestamptz, $4::timestamptz, 0, '[]', -1
       FROM unnest($1::uuid[], $5::uuid[], $6::text[], $7::json[], $8::text[], $9::text[])
            WITH ORDINALITY AS given (id, asset_id, asset_name, asset, trace_id, traceparent, place)
      ORDER BY place`,
    [
      targets.map((target) => target.id),
      targets[0]?.deploymentId,
      targets[0]?.statusSince,
      targets[0]?.dueAt,
      targets.map((target) => target.assetId),
      targets.map((target) => target.assetName),
      assets.map((asset) => JSON.stringify(asset)),
      targets.map((target) => target.traceId),
      targets.map((target) => target.traceparent),
    ],
  );
}

export async function holderOf(manager: EntityManager, target: TargetState): Promise<string | undefined> {
  const [row] = await query<{ id: string }>(
    manager,
    `SELECT id FROM target WHERE asset_id = $1 AND id <> $2
        AND (status IN (${quoted(holdingStatuses)}) OR (status = 'waiting' AND position < $3)) LIMIT 1`,
    [target.assetId, target.id, target.position],
  );
  return row?.id;
}

export async function wakeNextOn(manager: EntityManager, assetId: string, now: Date): Promise<void> {
  await manager.query(
    `UPDATE target SET due_at = $2 WHERE id = (
       SELECT id FROM target WHERE asset_id = $1 AND status = 'waiting' ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    [assetId, now],
  );
}

export async function dueTargets(manager: EntityManager, now: Date, limit: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    manager,
    `(SELECT id, due_at, position FROM target WHERE due_at <= $1 ORDER BY due_at, position LIMIT $2)
     UNION
     (SELECT t.id, d.cancelled_at, t.position FROM deployment d JOIN target t ON t.deployment_id = d.id
       WHERE d.state = 'cancelling' AND t.status IN (${quoted(cancellableStatuses)}) LIMIT $2)
     ORDER BY 2, 3 LIMIT $2`,
    [now, limit],
  );
  return [...new Set(rows.map((row) => row.id))];
}

/** Round robin: the first of every deployment, then the second of every deployment; probes of offline computers last. */
export async function takeTurns(
  manager: EntityManager,
  status: 'checking' | 'ready',
  count: number,
  now: Date,
): Promise<TargetState[]> {
  if (count === 0) return [];
  const rows = await query<TargetRow>(
    manager,
    `UPDATE target t SET released_at = $3 WHERE t.id IN (
       SELECT chosen.id FROM target chosen WHERE chosen.id IN (
         SELECT turn.id FROM deployment d CROSS JOIN LATERAL (
           SELECT w.id, row_number() OVER (ORDER BY (w.probes > 0), w.position) AS place
             FROM target w
            WHERE w.deployment_id = d.id AND w.status = $1 AND w.released_at IS NULL
              AND (w.release_after IS NULL OR w.release_after <= $3)
            ORDER BY (w.probes > 0), w.position LIMIT $2) turn
          WHERE d.state <> 'finished'
          ORDER BY turn.place, d.created_at, d.id LIMIT $2)
       AND chosen.status = $1 AND chosen.released_at IS NULL
       FOR UPDATE SKIP LOCKED)
     RETURNING ${targetColumns}`,
    [status, count, now],
  );
  return rows.map(targetOf).sort((a, b) => a.position - b.position);
}

export async function releasedCount(
  manager: EntityManager,
): Promise<{ checking: number; ready: number; starting: number; running: number }> {
  const rows = await query<{ status: string; n: number }>(
    manager,
    `SELECT status, count(*)::int AS n FROM target WHERE released_at IS NOT NULL AND status IN ('checking', 'ready') GROUP BY 1
     UNION ALL
     SELECT status, count(*)::int FROM target WHERE status IN (${quoted(runningStatuses)}) GROUP BY 1`,
  );
  const of = (...statuses: readonly string[]): number =>
    rows.filter((row) => statuses.includes(row.status)).reduce((sum, row) => sum + row.n, 0);
  return {
    checking: of('checking'),
    ready: of('ready'),
    starting: of('starting'),
    running: of(...runningStatuses),
  };
}

export async function runningCount(manager: EntityManager): Promise<number> {
  const [row] = await query<{ n: number }>(
    manager,
    `SELECT count(*)::int AS n FROM target WHERE status IN (${quoted(runningStatuses)})`,
  );
  return row?.n ?? 0;
}

/** Released, or owned by a service whose jobs are never held back; in one status since before `before`. */
export async function ownedTargets(
  manager: EntityManager,
  after: string | undefined,
  before: Date,
  limit: number,
): Promise<TargetState[]> {
  const rows = await query<TargetRow>(
    manager,
    `SELECT ${targetColumns} FROM target t
      WHERE t.status IN (${quoted(holdingStatuses)})
        AND (t.released_at < $2 OR (t.status NOT IN ('checking', 'ready') AND t.status_since < $2))
        AND ($1::uuid IS NULL OR t.id > $1) ORDER BY t.id LIMIT $3`,
    [after ?? null, before, limit],
  );
  return rows.map(targetOf);
}

export async function byStatus(
  manager: EntityManager,
  deploymentId?: string,
): Promise<Record<string, number>> {
  const rows = await query<{ status: string; n: number }>(
    manager,
    'SELECT status, count(*)::int AS n FROM target WHERE $1::uuid IS NULL OR deployment_id = $1 GROUP BY 1',
    [deploymentId ?? null],
  );
  return Object.fromEntries(rows.map((row) => [row.status, row.n]));
}

const quoted = (statuses: readonly string[]): string => statuses.map((status) => `'${status}'`).join(', ');
