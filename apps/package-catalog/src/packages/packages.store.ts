/** The table `package`: its columns, its queries. */
import { QueryFailedError, type EntityManager } from 'typeorm';
import type { PackagePage, Packages, StoredPackage } from '../ports';

interface Row {
  id: string;
  name: string;
  description: string;
  latest_version: number;
  is_archived: boolean;
  is_enabled: boolean;
  steps: number;
  updated_at: Date;
}

const columns = 'id, name, description, latest_version, is_archived, is_enabled, steps, updated_at';
/** SQLSTATE unique_violation. */
const uniqueViolation = '23505';
const matches = `(lower(name) LIKE $1 OR lower(description) LIKE $1) AND ($2 OR NOT is_archived)`;

export class PackagesStore implements Packages {
  constructor(private readonly manager: EntityManager) {}

  async insert(row: StoredPackage): Promise<boolean> {
    const rows = await this.rows<{ id: string }>(
      `INSERT INTO package (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
      valuesOf(row),
    );
    return rows.length === 1;
  }

  async page(page: PackagePage): Promise<{ packages: StoredPackage[]; total: number }> {
    const pattern = `%${(page.search ?? '').toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    const found = await this.rows<Row>(
      `SELECT ${columns} FROM package WHERE ${matches}
         AND ($3::text IS NULL OR lower(name) COLLATE "C" > lower($3))
       ORDER BY lower(name) COLLATE "C" LIMIT $4`,
      [pattern, page.includeArchived, page.after ?? null, page.limit],
    );
    const counted = await this.rows<{ total: number }>(
      `SELECT count(*)::int AS total FROM package WHERE ${matches}`,
      [pattern, page.includeArchived],
    );
    return { packages: found.map(packageOf), total: counted[0]?.total ?? 0 };
  }

  async byId(id: string): Promise<StoredPackage | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM package WHERE id = $1`, [id]);
    return found[0] && packageOf(found[0]);
  }

  async lock(id: string): Promise<StoredPackage | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM package WHERE id = $1 FOR UPDATE`, [id]);
    return found[0] && packageOf(found[0]);
  }

  async update(row: StoredPackage): Promise<boolean> {
    try {
      await this.manager.query(
        `UPDATE package SET name = $2, description = $3, latest_version = $4, is_archived = $5, is_enabled = $6,
           steps = $7, updated_at = $8 WHERE id = $1`,
        valuesOf(row),
      );
      return true;
    } catch (error) {
      // The transaction is spoilt by this error; the caller refuses the request and so rolls it back.
      if (error instanceof QueryFailedError && codeOf(error.driverError) === uniqueViolation) return false;
      throw error;
    }
  }

  private rows<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.manager.query<T[]>(sql, parameters);
  }
}

const codeOf = (error: Error & { code?: unknown }): unknown => error.code;

const valuesOf = (row: StoredPackage): unknown[] => [
  row.id,
  row.name,
  row.description,
  row.latestVersion,
  row.isArchived,
  row.isEnabled,
  row.steps,
  row.updatedAt,
];

const packageOf = (row: Row): StoredPackage => ({
  id: row.id,
  name: row.name,
  description: row.description,
  latestVersion: row.latest_version,
  isArchived: row.is_archived,
  isEnabled: row.is_enabled,
  steps: row.steps,
  updatedAt: row.updated_at.toISOString(),
});
