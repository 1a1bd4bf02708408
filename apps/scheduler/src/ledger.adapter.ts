/**
 * The ledger in Postgres: the stores behind the ports. What a transaction publishes and enqueues is written to the
 * outbox as its last statement, in one piece.
 */
import {
  checkerQueue,
  collectorQueue,
  dispatcherQueue,
  jobId,
  type Message,
  type Queue,
} from '@drover/contracts';
import { activeTraceparent, audit, inboxOnce, type Outbox, type OutboxRow } from '@drover/platform';
import type { DataSource, EntityManager } from 'typeorm';
import * as deployments from './deployment/deployments.store';
import type { Ledger, LedgerTransaction, OutboxEvent, TargetJob, WorkerOwner } from './ports';
import { readSettings, writeSettings } from './settings/settings.store';
import { query } from './sql.adapter';
import { appendHistory } from './target/history.store';
import { readAssignmentFacts, readTargetDetail, readTargets } from './target/read-targets.store';
import * as runs from './target/step-runs.store';
import * as targets from './target/targets.store';

export const queueOf: Record<WorkerOwner, Queue> = {
  'requirements-checker': checkerQueue,
  dispatcher: dispatcherQueue,
  'result-collector': collectorQueue,
};

export function postgresLedger(source: DataSource, outbox: Outbox): Ledger {
  const { manager } = source;
  return {
    transaction: (work) =>
      source.transaction(async (inside) => {
        const rows: OutboxRow[] = [];
        const result = await work(transactionOver(inside, rows));
        await outbox.addAll(inside, rows);
        return result;
      }),
    requestFingerprint: (key) => deployments.requestFingerprint(manager, key),
    deployment: (id) => deployments.readDeployment(manager, id),
    deployments: (limit, before) => deployments.readDeployments(manager, limit, before),
    targets: (q) => readTargets(manager, q),
    targetDetail: (id) => readTargetDetail(manager, id),
    assignmentFacts: (id) => readAssignmentFacts(manager, id),
    dueTargets: (now, limit) => targets.dueTargets(manager, now, limit),
    ownedTargets: (after, before, limit) => targets.ownedTargets(manager, after, before, limit),
    settings: () => readSettings(manager),
    byStatus: () => targets.byStatus(manager),
    outboxWaiting: () => outboxWaiting(manager),
  };
}

/** Names of the advisory locks; each is held until the transaction ends. */
const grants = 'scheduler grants';
const releases = 'scheduler releases';

function transactionOver(manager: EntityManager, rows: OutboxRow[]): LedgerTransaction {
  return {
    isFirst: (consumer, eventId) => inboxOnce(manager, consumer, eventId),
    lockTarget: (id) => targets.lockTarget(manager, id),
    holderOf: (target) => targets.holderOf(manager, target),
    saveTarget: (target, arrows = []) => targets.saveTarget(manager, target, arrows),
    appendHistory: (targetId, arrows) => appendHistory(manager, targetId, arrows),
    wakeNextOn: (assetId, now) => targets.wakeNextOn(manager, assetId, now),
    countEnded: (id) => deployments.countEnded(manager, id),
    finishDeployment: (id, now) => deployments.finishDeployment(manager, id, now),
    countsOf: (id) => targets.byStatus(manager, id),
    runningCount: () => targets.runningCount(manager),
    settings: () => readSettings(manager),
    saveSettings: (settings) => writeSettings(manager, settings),
    shareDeployment: (id) => deployments.shareDeployment(manager, id),
    insertDeployment: (deployment) => deployments.insertDeployment(manager, deployment),
    insertTargets: (many, assets) => targets.insertTargets(manager, many, assets),
    startCancelling: (id, now) => deployments.startCancelling(manager, id, now),
    takeTurns: (status, count, now) => targets.takeTurns(manager, status, count, now),
    releasedCount: () => targets.releasedCount(manager),
    runOf: (targetId, attempt, run) => runs.runOf(manager, targetId, attempt, run),
    saveRun: (targetId, attempt, state) => runs.saveRun(manager, targetId, attempt, state),
    stepName: (id, step) => deployments.stepName(manager, id, step),
    keepEarly: (targetId, attempt, record) => runs.keepEarly(manager, targetId, attempt, record),
    takeEarly: (targetId, attempt, sequence) => runs.takeEarly(manager, targetId, attempt, sequence),
    audit: (row) => audit(manager, row),
    async holdGrants() {
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [grants]);
    },
    async holdReleases() {
      const [row] = await query<{ held: boolean }>(
        manager,
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS held',
        [releases],
      );
      return row?.held === true;
    },
    publish<M extends Message>(event: OutboxEvent<M>) {
      const { key, suffix, id, message, payload } = event;
      const traceparent = activeTraceparent();
      rows.push({
        key,
        kind: 'event',
        name: message.subject,
        suffix,
        id,
        payload,
        ...(traceparent && { traceparent }),
      });
    },
    enqueue(owner: WorkerOwner, job: TargetJob, traceparent: string | null) {
      const row: OutboxRow = {
        key: job.targetId,
        kind: 'job',
        name: queueOf[owner].name,
        id: jobId(job),
        payload: job,
        ...(traceparent !== null && { traceparent }),
      };
      rows.push(row);
    },
  };
}

async function outboxWaiting(manager: EntityManager): Promise<{ rows: number; oldestSeconds: number }> {
  const [row] = await query<{ rows: number; age: number | null }>(
    manager,
    `SELECT count(*)::int AS rows, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS age FROM outbox`,
  );
  return { rows: row?.rows ?? 0, oldestSeconds: Math.max(0, row?.age ?? 0) };
}
