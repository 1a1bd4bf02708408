import type { EntityManager } from 'typeorm';

export interface AuditEntry {
  /** The user or service that acted. */
  actor: string;
  /** A verb, such as `asset.create`. */
  action: string;
  /** The id of what was changed. */
  subject: string;
  /** What an auditor needs to know; never a secret. */
  detail: Record<string, unknown>;
}

/** Writes an audit row in the transaction of the change, so that neither exists without the other. */
export async function audit(manager: EntityManager, entry: AuditEntry): Promise<void> {
  await manager.query(`INSERT INTO audit (actor, action, subject, detail) VALUES ($1, $2, $3, $4)`, [
    entry.actor,
    entry.action,
    entry.subject,
    JSON.stringify(entry.detail),
  ]);
}
