/**
 * Publishes outbox rows after their commit, then deletes them. Woken by NOTIFY, and by the clock each second in
 * case a notice was lost. One relay of a schema works at a time, so that the order within a key holds over
 * several instances; a crash between publishing and deleting publishes again, with the same message id.
 */
import { Logger } from '@nestjs/common';
import type { Client } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { Bus } from '../bus/bus';
import { subjectOf } from '../bus/subjects';
import { connectPatiently, endBroken, sessionOptions } from '../database/schema';
import type { Jobs } from '../jobs/jobs';
import { backOffMs, pause } from '../service/pause';
import { inboxKeptDays } from './inbox';

const batchMax = 200;
const pollMs = 1_000;
/** A relay that is frozen inside its transaction is thrown out by Postgres, and another takes over. */
const transactionIdleMaxMs = 30_000;
const inboxSweepEveryMs = 3_600_000;

interface StoredRow {
  id: string;
  key: string;
  kind: 'event' | 'job';
  name: string;
  suffix: string | null;
  message_id: string;
  payload: unknown;
  delay_ms: number;
  traceparent: string | null;
}

export class OutboxRelay {
  private readonly log = new Logger('Outbox');
  private readonly stopping = new AbortController();
  private wake: (() => void) | undefined;
  private isWoken = false;
  private listener: Client | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private sweptAt = 0;

  constructor(
    private readonly source: DataSource,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly place: { databaseUrl: string; schema: string },
  ) {}

  start(): void {
    this.running = Promise.all([this.listen(), this.relay()]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.notice();
    await this.listener?.end();
    await this.running;
  }

  private notice(): void {
    this.isWoken = true;
    this.wake?.();
  }

  private async relay(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        const published = await this.source.transaction((manager) => this.relayBatch(manager));
        failures = 0;
        if (published < batchMax) await this.waitForNotice();
        await this.sweepInbox();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn('the outbox waits', error);
        await pause(backOffMs(failures, 100, 5_000), this.stopping.signal);
        failures += 1;
      }
    }
  }

  private async relayBatch(manager: EntityManager): Promise<number> {
    await manager.query(`SET LOCAL idle_in_transaction_session_timeout = ${transactionIdleMaxMs}`);
    const [lock]: { granted: boolean }[] = await manager.query(
      `SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' relay', 0)) AS granted`,
    );
    if (!lock?.granted) return 0;
    const rows: StoredRow[] = await manager.query(
      `SELECT * FROM outbox ORDER BY id LIMIT ${batchMax} FOR UPDATE SKIP LOCKED`,
    );
    if (rows.length === 0) return 0;
    const byKey = new Map<string, StoredRow[]>();
    for (const row of rows) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
    const done = (await Promise.all([...byKey.values()].map((chain) => this.publishInOrder(chain)))).flat();
    await manager.query(`DELETE FROM outbox WHERE id = ANY($1::bigint[])`, [done]);
    if (done.length < rows.length) await pause(pollMs, this.stopping.signal);
    return done.length;
  }

  /** The ids that went out; after the first failure the rest of the key waits, so that nothing overtakes. */
  private async publishInOrder(rows: StoredRow[]): Promise<string[]> {
    const done: string[] = [];
    try {
      for (const row of rows) {
        await this.publish(row);
        done.push(row.id);
      }
    } catch (error) {
      if (!this.stopping.signal.aborted) this.log.warn('an outbox row could not be published yet', error);
    }
    return done;
  }

  private async publish(row: StoredRow): Promise<void> {
    const traceparent = row.traceparent ?? undefined;
    if (row.kind === 'job') {
      const job = { data: row.payload, traceparent };
      await this.jobs.addRaw(row.name, job, { jobId: row.message_id, delayMs: row.delay_ms });
      return;
    }
    await this.bus.publishRaw(subjectOf(row.name, row.suffix ?? undefined), row.payload, {
      messageId: row.message_id,
      traceparent,
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(transactionIdleMaxMs / 2)]),
    });
  }

  private async waitForNotice(): Promise<void> {
    if (!this.isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.isWoken = false;
    this.wake = undefined;
  }

  /** Holds a LISTEN open; without it the poll still finds every row. */
  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const options = sessionOptions(this.place.schema);
        const client = await connectPatiently({ connectionString: this.place.databaseUrl, options }, signal);
        this.listener = client;
        const ended = new Promise<void>((resolve) => client.once('end', resolve));
        client.on('error', () => void endBroken(client));
        client.on('notification', () => this.notice());
        await client.query(`LISTEN outbox_${this.place.schema}`);
        failures = 0;
        if (signal.aborted) await client.end();
        await ended;
      } catch (error) {
        if (!signal.aborted) this.log.warn('listening for outbox rows failed', error);
      }
      await pause(backOffMs(failures, 100, 5_000), signal);
    }
  }

  private async sweepInbox(): Promise<void> {
    if (Date.now() - this.sweptAt < inboxSweepEveryMs) return;
    this.sweptAt = Date.now();
    await this.source.query(`DELETE FROM inbox WHERE received_at < now() - interval '${inboxKeptDays} days'`);
  }
}
