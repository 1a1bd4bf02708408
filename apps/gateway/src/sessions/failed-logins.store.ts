/** The table `failed_login`: counted in the database, so that several gateways count together. */
import type { EntityManager } from 'typeorm';
import type { FailedLogins } from './ports';

export class FailedLoginsStore implements FailedLogins {
  constructor(private readonly manager: EntityManager) {}

  async count(key: string, since: Date): Promise<number> {
    const rows = await this.manager.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM failed_login WHERE key = $1 AND at > $2',
      [key, since],
    );
    return rows[0]?.count ?? 0;
  }

  async insert(keys: readonly string[], at: Date): Promise<void> {
    await this.manager.query('INSERT INTO failed_login (key, at) SELECT unnest($1::text[]), $2', [keys, at]);
  }

  async clear(keys: readonly string[], before: Date): Promise<void> {
    await this.manager.query('DELETE FROM failed_login WHERE key = ANY($1::text[]) OR at <= $2', [
      keys,
      before,
    ]);
  }
}
