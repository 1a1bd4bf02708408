/** What a transaction wants published: rows beside the change, relayed after the commit. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PlatformError } from '../failure';
import { activeTraceparent } from '../telemetry/trace';

/** Each key takes a lock for the transaction, and Postgres has room for some thousands. */
export const outboxRowsMax = 2_000;

export interface OutboxRow {
  /** Rows of one key are published in the order of their commits; a target id, for instance. */
  key: string;
  kind: 'event' | 'job';
  /** message.subject, or queue.name. */
  name: string;
  suffix?: string;
  /** The message id or the job id, for de-duplication. */
  id: string;
  payload: unknown;
  delayMs?: number;
  /** The trace to continue; the active span when absent. */
  traceparent?: string | null;
}

@Injectable()
export class Outbox {
  add(manager: EntityManager, row: OutboxRow): Promise<void> {
    return this.addAll(manager, [row]);
  }

  /**
   * Adds rows in their order, at most `outboxRowsMax` in one call. The advisory locks make ids follow the order
   * of commits within each key; they are taken in one order so that two transactions cannot wait for each other.
   */
  async addAll(manager: EntityManager, rows: OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (rows.length > outboxRowsMax) {
      throw new PlatformError('declaration', `more than ${outboxRowsMax} outbox rows at once`);
    }
    const keys = [...new Set(rows.map((row) => row.key))];
    await manager.query(
      `SELECT pg_advisory_xact_lock(lock) FROM (
         SELECT DISTINCT hashtextextended(current_schema() || ' outbox ' || key, 0) AS lock
         FROM unnest($1::text[]) AS key ORDER BY lock
       ) AS locks`,
      [keys],
    );
    await manager.query(
      `WITH added AS (
         INSERT INTO outbox (key, kind, name, suffix, message_id, payload, delay_ms, traceparent)
         SELECT row->>'key', row->>'kind', row->>'name', row->>'suffix', row->>'id', row->'payload',
                (row->>'delayMs')::integer, row->>'traceparent'
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given(row, place) ORDER BY place)
       SELECT pg_notify('outbox_' || current_schema(), '')`,
      [JSON.stringify(rows.map(storable))],
    );
  }
}

const storable = (row: OutboxRow) => ({
  ...row,
  suffix: row.suffix ?? null,
  delayMs: row.delayMs ?? 0,
  traceparent: row.traceparent === undefined ? (activeTraceparent() ?? null) : row.traceparent,
});
