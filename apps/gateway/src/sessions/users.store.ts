/** The table `account`: the people who may sign in. */
import type { EntityManager } from 'typeorm';
import type { User, Users } from './ports';

/** An arbitrary number, the same in every gateway. */
const firstUserLock = 7_311_001;

export class UsersStore implements Users {
  constructor(private readonly manager: EntityManager) {}

  async count(): Promise<number> {
    const rows = await this.manager.query<{ count: number }[]>('SELECT count(*)::int AS count FROM account');
    return rows[0]?.count ?? 0;
  }

  async byName(username: string): Promise<User | undefined> {
    const rows = await this.manager.query<{ id: string; username: string; password_hash: string }[]>(
      'SELECT id, username, password_hash FROM account WHERE lower(username) = lower($1)',
      [username],
    );
    return rows[0] && { id: rows[0].id, username: rows[0].username, passwordHash: rows[0].password_hash };
  }

  async insert(user: User & { createdAt: Date }): Promise<void> {
    await this.manager.query(
      'INSERT INTO account (id, username, password_hash, created_at) VALUES ($1, $2, $3, $4)',
      [user.id, user.username, user.passwordHash, user.createdAt],
    );
  }

  async lockForFirstUser(): Promise<void> {
    await this.manager.query('SELECT pg_advisory_xact_lock($1)', [firstUserLock]);
  }
}
