/** The table `session`. A row holds the hash of a token: who reads the table cannot use what it finds. */
import type { EntityManager } from 'typeorm';
import type { Session, Sessions } from './ports';

interface Row {
  token_hash: string;
  account_id: string;
  username: string;
  expires_at: Date;
}

export class SessionsStore implements Sessions {
  constructor(private readonly manager: EntityManager) {}

  async insert(session: Session & { createdAt: Date }): Promise<void> {
    await this.manager.query(
      'INSERT INTO session (token_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)',
      [session.tokenHash, session.userId, session.createdAt, session.expiresAt],
    );
  }

  async find(tokenHash: string, now: Date): Promise<Session | undefined> {
    const rows = await this.manager.query<Row[]>(
      `SELECT s.token_hash, s.account_id, a.username, s.expires_at
       FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = $1 AND s.expires_at > $2`,
      [tokenHash, now],
    );
    const row = rows[0];
    return (
      row && {
        userId: row.account_id,
        username: row.username,
        tokenHash: row.token_hash,
        expiresAt: row.expires_at,
      }
    );
  }

  async remove(tokenHash: string): Promise<void> {
    await this.manager.query('DELETE FROM session WHERE token_hash = $1', [tokenHash]);
  }

  async removeExpired(now: Date): Promise<void> {
    await this.manager.query('DELETE FROM session WHERE expires_at <= $1', [now]);
  }
}
