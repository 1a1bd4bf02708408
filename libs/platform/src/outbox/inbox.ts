import type { EntityManager } from 'typeorm';

/** Longer than any stream or queue can hold a message. */
export const inboxKeptDays = 40;

/**
 * Records an event in the caller's transaction. False: it was handled before, and the caller only acknowledges.
 * A second transaction with the same event waits for the first to end.
 */
export async function inboxOnce(manager: EntityManager, consumer: string, eventId: string): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
    [consumer, eventId],
  );
  return rows.length > 0;
}
