/**
 * The ledger's tables. The check on `status` and the rule of one target per computer are written from the lifecycle
 * table at the time of the migration; a status that is added later needs a migration of its own, and
 * ledger.integration.spec.ts fails until it is there.
 */
import { activeStatuses, finalStatuses } from '@drover/domain';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { holdingStatuses, runningStatuses } from '../target/target';

const list = (statuses: readonly string[]): string => statuses.map((status) => `'${status}'`).join(', ');

export class Ledger1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE early_record, step_run, target_history, target, deployment, setting');
  }
}

const statements = [
  `CREATE TABLE setting (
     name text PRIMARY KEY,
     value integer NOT NULL
   )`,
  `CREATE TABLE deployment (
     id uuid PRIMARY KEY,
     package_id uuid NOT NULL,
     package_name text NOT NULL,
     package_version integer NOT NULL,
     content json NOT NULL,
     options json NOT NULL,
     state text NOT NULL CHECK (state IN ('active', 'cancelling', 'finished')),
     created_at timestamptz NOT NULL,
     created_by text NOT NULL,
     cancelled_at timestamptz,
     finished_at timestamptz,
     request_key text UNIQUE,
     fingerprint text NOT NULL,
     targets integer NOT NULL,
     open_targets integer NOT NULL CHECK (open_targets >= 0)
   )`,
  'CREATE INDEX deployment_by_creation ON deployment (created_at DESC, id)',
  `CREATE INDEX deployment_unfinished ON deployment (id) WHERE state <> 'finished'`,
  `CREATE TABLE target (
     id uuid PRIMARY KEY,
     deployment_id uuid NOT NULL REFERENCES deployment,
     asset_id uuid NOT NULL,
     asset_name text NOT NULL,
     asset json NOT NULL,
     position bigint GENERATED ALWAYS AS IDENTITY,
     status text NOT NULL CONSTRAINT target_status CHECK (status IN (${list([...activeStatuses, ...finalStatuses])})),
     outcome text CONSTRAINT target_outcome CHECK (outcome IN (${list(finalStatuses)})),
     attempt integer NOT NULL,
     generation integer NOT NULL,
     status_since timestamptz NOT NULL,
     due_at timestamptz,
     release_after timestamptz,
     released_at timestamptz,
     granted_at timestamptz,
     started_at timestamptz,
     ended_at timestamptz,
     offline_until timestamptz,
     probes integer NOT NULL,
     cause json,
     verdicts json NOT NULL,
     last_exit_code bigint,
     journal_sequence integer NOT NULL,
     current_step json,
     trace_id text,
     traceparent text,
     UNIQUE (deployment_id, asset_id),
     CONSTRAINT target_final_has_ended CHECK ((status IN (${list(finalStatuses)})) = (ended_at IS NOT NULL))
   ) WITH (fillfactor = 80)`,
  `CREATE UNIQUE INDEX target_holds_asset ON target (asset_id) WHERE status IN (${list(holdingStatuses)})`,
  `CREATE INDEX target_waits_for_asset ON target (asset_id, position) WHERE status = 'waiting'`,
  'CREATE INDEX target_due ON target (due_at) WHERE due_at IS NOT NULL',
  'CREATE INDEX target_by_name ON target (deployment_id, asset_name, id)',
  'CREATE INDEX target_by_status ON target (deployment_id, status)',
  `CREATE INDEX target_turns ON target (deployment_id, status, (probes > 0), position)
     WHERE released_at IS NULL AND status IN ('checking', 'ready')`,
  `CREATE INDEX target_running ON target (status) WHERE status IN (${list(runningStatuses)})`,
  `CREATE INDEX target_released ON target (status) WHERE released_at IS NOT NULL AND status IN ('checking', 'ready')`,
  `CREATE INDEX target_open ON target (id) WHERE status IN (${list(activeStatuses)})`,
  `CREATE TABLE target_history (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     target_id uuid NOT NULL REFERENCES target,
     generation integer NOT NULL,
     attempt integer NOT NULL,
     from_status text,
     fact text NOT NULL,
     to_status text NOT NULL,
     at timestamptz NOT NULL,
     cause json
   )`,
  'CREATE INDEX target_history_by_target ON target_history (target_id, id)',
  `CREATE TABLE step_run (
     target_id uuid NOT NULL REFERENCES target,
     attempt integer NOT NULL,
     run integer NOT NULL,
     step integer NOT NULL,
     step_name text NOT NULL,
     state text NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
     ended text CHECK (ended IN ('exited', 'stopped', 'notStarted')),
     started_at timestamptz NOT NULL,
     ended_at timestamptz,
     exit_code bigint,
     win32_error bigint,
     output bytea NOT NULL,
     dropped_bytes bigint NOT NULL,
     PRIMARY KEY (target_id, attempt, run)
   )`,
  `CREATE TABLE early_record (
     target_id uuid NOT NULL REFERENCES target,
     attempt integer NOT NULL,
     sequence integer NOT NULL,
     record json NOT NULL,
     PRIMARY KEY (target_id, attempt, sequence)
   )`,
];
