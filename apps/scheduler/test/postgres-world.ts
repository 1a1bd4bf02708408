/** The same world over a real database; every call begins with an empty ledger. */
import { messagesBySubject } from './messages';
import { Outbox, openDatabase, type Configuration } from '@drover/platform';
import type { DataSource } from 'typeorm';
import { postgresLedger, queueOf } from '../src/ledger.adapter';
import { Ledger1760000000001 } from '../src/migrations/1760000000001-ledger';
import type { TargetJob, WorkerOwner } from '../src/ports';
import { query } from '../src/sql.adapter';
import type { OutboxEntry } from './fake-ledger';
import { World } from './world';

export const openLedger = (configuration: Configuration): Promise<DataSource> =>
  openDatabase(configuration, { schema: 'scheduler', migrations: [Ledger1760000000001] });

export async function postgresWorld(source: DataSource): Promise<World> {
  await source.query(
    'TRUNCATE setting, deployment, target, target_history, step_run, early_record, outbox, inbox, audit',
  );
  return new World(postgresLedger(source, new Outbox()), () => takeOutbox(source));
}

async function takeOutbox(source: DataSource): Promise<OutboxEntry[]> {
  const rows = await query<{ id: string; kind: string; name: string; message_id: string; payload: never }>(
    source.manager,
    'DELETE FROM outbox RETURNING *',
  );
  return rows
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map((row): OutboxEntry => {
      if (row.kind === 'job') return { kind: 'job', owner: ownerOf(row.name), job: row.payload as TargetJob };
      const message = messagesBySubject.get(row.name);
      if (!message) throw new Error(`the outbox names an unknown message: ${row.name}`);
      return { kind: 'event', message, id: row.message_id, payload: message.schema.parse(row.payload) };
    });
}

function ownerOf(queueName: string): WorkerOwner {
  const found = Object.entries(queueOf).find(([, queue]) => queue.name === queueName);
  if (!found) throw new Error(`the outbox names an unknown queue: ${queueName}`);
  return found[0] as WorkerOwner;
}
