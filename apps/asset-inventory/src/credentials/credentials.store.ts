/** The table `credential`. Only sealed text is ever in it; a password is not, in no column and in no version. */
import type { EntityManager } from 'typeorm';
import type { Credentials, StoredCredential } from '../ports';

interface Row {
  id: string;
  name: string;
  username: string;
  domain: string | null;
  version: number;
  state: StoredCredential['state'];
  is_global: boolean;
  sealed: string;
  wrong_passwords_in_a_row: number;
  proving_until: Date | null;
  created_at: Date;
}

const columns =
  'id, name, username, domain, version, state, is_global, sealed, wrong_passwords_in_a_row, proving_until, created_at';

export class CredentialsStore implements Credentials {
  constructor(private readonly manager: EntityManager) {}

  async insert(credential: StoredCredential): Promise<boolean> {
    const rows = await this.rows<{ id: string }>(
      `INSERT INTO credential (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT DO NOTHING RETURNING id`,
      [
        credential.id,
        credential.name,
        credential.username,
        credential.domain,
        credential.version,
        credential.state,
        credential.isGlobal,
        credential.sealed,
        credential.wrongPasswordsInARow,
        credential.provingUntil,
        credential.createdAt,
      ],
    );
    return rows.length === 1;
  }

  async all(): Promise<StoredCredential[]> {
    const found = await this.rows<Row>(
      `SELECT ${columns} FROM credential ORDER BY lower(name) COLLATE "C"`,
      [],
    );
    return found.map(credentialOf);
  }

  async byId(id: string): Promise<StoredCredential | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM credential WHERE id = $1`, [id]);
    return found[0] && credentialOf(found[0]);
  }

  async lock(id: string): Promise<StoredCredential | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM credential WHERE id = $1 FOR UPDATE`, [id]);
    return found[0] && credentialOf(found[0]);
  }

  async update(credential: StoredCredential): Promise<void> {
    await this.manager.query(
      `UPDATE credential SET version = $2, state = $3, sealed = $4, wrong_passwords_in_a_row = $5, proving_until = $6
       WHERE id = $1`,
      [
        credential.id,
        credential.version,
        credential.state,
        credential.sealed,
        credential.wrongPasswordsInARow,
        credential.provingUntil,
      ],
    );
  }

  private rows<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.manager.query<T[]>(sql, parameters);
  }
}

const credentialOf = (row: Row): StoredCredential => ({
  id: row.id,
  name: row.name,
  username: row.username,
  domain: row.domain,
  version: row.version,
  state: row.state,
  isGlobal: row.is_global,
  createdAt: row.created_at.toISOString(),
  sealed: row.sealed,
  wrongPasswordsInARow: row.wrong_passwords_in_a_row,
  provingUntil: row.proving_until,
});
