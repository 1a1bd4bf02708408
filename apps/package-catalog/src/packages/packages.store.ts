/** The table `package`: its columns, its queries. */
import { QueryFailedError, type EntityManager } from 'typeorm';
import type { PackagePage, Packages, StoredPackage } from '../ports';
import { wordsOf } from './search-words';

interface Row {
  id: string;
  name: string;
  description: string;
  latest_version: number;
  is_archived: boolean;
  is_enabled: boolean;
  steps: number;
  labels: string[];
  updated_at: Date;
}

const columns = 'id, name, description, latest_version, is_archived, is_enabled, steps, labels, updated_at';
/** SQLSTATE unique_violation. */
const uniqueViolation = '23505';
/** A name is found by any part of it, everything else by the beginnings of words. */
const found = `
  SELECT id FROM package WHERE lower(name) LIKE $1
  UNION SELECT id FROM package WHERE words @@ $2::tsquery`;
const matches = `($1::text IS NULL OR id IN (${found})) AND ($3 OR NOT is_archived)
  AND ($4::text IS NULL OR EXISTS (SELECT FROM unnest(labels) AS label WHERE lower(label) = lower($4)))`;

export class PackagesStore implements Packages {
  constructor(private readonly manager: EntityManager) {}

  async insert(row: StoredPackage, words: readonly string[]): Promise<boolean> {
    const rows = await this.rows<{ id: string }>(
      `INSERT INTO package (${columns}, words) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, array_to_tsvector($10::text[]))
       ON CONFLICT DO NOTHING RETURNING id`,
      [...valuesOf(row), words],
    );
    return rows.length === 1;
  }

  async page(page: PackagePage): Promise<{ packages: StoredPackage[]; total: number }> {
    const filter = [...searchOf(page.search), page.includeArchived, page.label ?? null];
    const rows = await this.rows<Row>(
      `SELECT ${columns} FROM package WHERE ${matches}
         AND ($5::text IS NULL OR lower(name) COLLATE "C" > lower($5))
       ORDER BY lower(name) COLLATE "C" LIMIT $6`,
      [...filter, page.after ?? null, page.limit],
    );
    const counted = await this.rows<{ total: number }>(
      `SELECT count(*)::int AS total FROM package WHERE ${matches}`,
      filter,
    );
    return { packages: rows.map(packageOf), total: counted[0]?.total ?? 0 };
  }

  async labels(): Promise<{ label: string; packages: number }[]> {
    return this.rows(
      `SELECT min(label) AS label, count(*)::int AS packages FROM package, unnest(labels) AS label
       WHERE NOT is_archived GROUP BY lower(label) ORDER BY lower(label) COLLATE "C"`,
      [],
    );
  }

  async byId(id: string): Promise<StoredPackage | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM package WHERE id = $1`, [id]);
    return found[0] && packageOf(found[0]);
  }

  async lock(id: string): Promise<StoredPackage | undefined> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM package WHERE id = $1 FOR UPDATE`, [id]);
    return found[0] && packageOf(found[0]);
  }

  async update(row: StoredPackage, words?: readonly string[]): Promise<boolean> {
    try {
      await this.manager.query(
        `UPDATE package SET name = $2, description = $3, latest_version = $4, is_archived = $5, is_enabled = $6,
           steps = $7, labels = $8, updated_at = $9,
           words = CASE WHEN $10::text[] IS NULL THEN words ELSE array_to_tsvector($10::text[]) END WHERE id = $1`,
        [...valuesOf(row), words ?? null],
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

/** The pattern for names and the query for words; null for a search that is empty. A search without a word finds names alone. */
function searchOf(search: string | undefined): [string | null, string] {
  const text = search?.trim().toLowerCase() ?? '';
  const words = wordsOf(text).map((word) => `'${word}':*`);
  if (text === '') return [null, ''];
  return [`%${text.replace(/[\\%_]/g, '\\$&')}%`, words.join(' & ')];
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
  row.labels,
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
  labels: row.labels,
  updatedAt: row.updated_at.toISOString(),
});
