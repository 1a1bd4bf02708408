/** The tables `step_run` and `early_record`: what the runner journalled, step by step. */
import type { StepRun } from '@drover/contracts';
import type { EntityManager } from 'typeorm';
import { query } from '../sql.adapter';
import { outputText, type ProgressRecord, type RunState } from './apply-record';

interface RunRow {
  attempt: number;
  run: number;
  step: number;
  step_name: string;
  state: RunState['state'];
  ended: RunState['ended'];
  started_at: Date;
  ended_at: Date | null;
  exit_code: string | null;
  win32_error: string | null;
  output: Buffer;
  dropped_bytes: string;
}

const columns = `attempt, run, step, step_name, state, ended, started_at, ended_at, exit_code, win32_error, output, dropped_bytes`;

export async function runOf(
  manager: EntityManager,
  targetId: string,
  attempt: number,
  run: number,
): Promise<RunState | undefined> {
  const [row] = await query<RunRow>(
    manager,
    `SELECT ${columns} FROM step_run WHERE target_id = $1 AND attempt = $2 AND run = $3`,
    [targetId, attempt, run],
  );
  return row && stateOf(row);
}

export async function saveRun(
  manager: EntityManager,
  targetId: string,
  attempt: number,
  state: RunState,
): Promise<void> {
  await manager.query(
    `INSERT INTO step_run (target_id, attempt, run, step, step_name, state, ended, started_at, ended_at, exit_code,
                           win32_error, output, dropped_bytes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (target_id, attempt, run) DO UPDATE SET step = excluded.step, step_name = excluded.step_name,
       state = excluded.state, ended = excluded.ended, started_at = excluded.started_at, ended_at = excluded.ended_at,
       exit_code = excluded.exit_code, win32_error = excluded.win32_error, output = excluded.output,
       dropped_bytes = excluded.dropped_bytes`,
    [
      targetId,
      attempt,
      state.run,
      state.step,
      state.stepName,
      state.state,
      state.ended,
      state.startedAt,
      state.endedAt,
      state.exitCode,
      state.win32Error,
      state.output,
      state.droppedBytes,
    ],
  );
}

/**
 * The latest runs of a target, in their order. An answer fits one message: the outputs of earlier runs, beyond a total,
 * are left out and counted as dropped.
 */
export async function readSteps(manager: EntityManager, targetId: string): Promise<StepRun[]> {
  const rows = await query<RunRow>(
    manager,
    `SELECT attempt, run, step, step_name, state, ended, started_at, ended_at, exit_code, win32_error,
            CASE WHEN so_far <= $3 THEN output ELSE '' END AS output,
            CASE WHEN so_far <= $3 THEN dropped_bytes ELSE dropped_bytes + length(output) END AS dropped_bytes
       FROM (SELECT *, sum(length(output)) OVER (ORDER BY attempt DESC, run DESC) AS so_far
               FROM step_run WHERE target_id = $1 ORDER BY attempt DESC, run DESC LIMIT $2) latest
      ORDER BY attempt, run`,
    [targetId, runsShownMax, outputBytesShownMax],
  );
  return rows.map(shownRun);
}

export async function keepEarly(
  manager: EntityManager,
  targetId: string,
  attempt: number,
  record: ProgressRecord,
): Promise<void> {
  await manager.query(
    `INSERT INTO early_record (target_id, attempt, sequence, record) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [targetId, attempt, record.sequence, JSON.stringify(record)],
  );
}

/** Takes the record with `sequence` out of those kept aside, and forgets the ones before it. */
export async function takeEarly(
  manager: EntityManager,
  targetId: string,
  attempt: number,
  sequence: number,
): Promise<ProgressRecord | undefined> {
  const rows = await query<{ sequence: number; record: ProgressRecord }>(
    manager,
    `DELETE FROM early_record WHERE target_id = $1 AND (attempt < $2 OR (attempt = $2 AND sequence <= $3))
     RETURNING attempt, sequence, record`,
    [targetId, attempt, sequence],
  );
  return rows.find((row) => row.record.attempt === attempt && row.sequence === sequence)?.record;
}

/** A step in a retry loop runs many times; a page of history has an end. */
const runsShownMax = 1000;
/** JSON may need six bytes for one; NATS carries eight mebibytes. */
const outputBytesShownMax = 1024 * 1024;

function shownRun(row: RunRow): StepRun {
  const state = stateOf(row);
  return {
    attempt: row.attempt,
    run: state.run,
    step: state.step,
    stepName: state.stepName,
    state: state.state,
    ended: state.ended,
    startedAt: state.startedAt.toISOString(),
    endedAt: state.endedAt?.toISOString() ?? null,
    exitCode: state.exitCode,
    win32Error: state.win32Error,
    output: outputText(state.output),
    droppedBytes: state.droppedBytes,
  };
}

const stateOf = (row: RunRow): RunState => ({
  run: row.run,
  step: row.step,
  stepName: row.step_name,
  state: row.state,
  ended: row.ended,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  exitCode: row.exit_code === null ? null : Number(row.exit_code),
  win32Error: row.win32_error === null ? null : Number(row.win32_error),
  output: row.output,
  droppedBytes: Number(row.dropped_bytes),
});
