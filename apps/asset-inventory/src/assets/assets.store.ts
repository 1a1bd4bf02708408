/** The table `asset`: its columns, its queries. */
import type { Asset } from '@drover/contracts';
import type { EntityManager } from 'typeorm';
import type { AssetPage, Assets } from '../ports';

interface Row {
  id: string;
  name: string;
  domain: string | null;
  address: string | null;
  port: number;
  created_at: Date;
}

const columns = 'id, name, domain, address, port, created_at';
/** Byte order, so that pages do not depend on the collation that a database was made with. */
const byName = 'ORDER BY lower(name) COLLATE "C"';

export class AssetsStore implements Assets {
  constructor(private readonly manager: EntityManager) {}

  async insert(asset: Asset): Promise<boolean> {
    const rows = await this.rows<{ id: string }>(
      `INSERT INTO asset (${columns}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
      [asset.id, asset.name, asset.domain, asset.address, asset.port, asset.createdAt],
    );
    return rows.length === 1;
  }

  async page({ search, limit, after }: AssetPage): Promise<{ assets: Asset[]; total: number }> {
    const pattern = `%${(search ?? '').toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    const found = await this.rows<Row>(
      `SELECT ${columns} FROM asset WHERE lower(name) LIKE $1
         AND ($2::text IS NULL OR lower(name) COLLATE "C" > lower($2)) ${byName} LIMIT $3`,
      [pattern, after ?? null, limit],
    );
    const counted = await this.rows<{ total: number }>(
      'SELECT count(*)::int AS total FROM asset WHERE lower(name) LIKE $1',
      [pattern],
    );
    return { assets: found.map(assetOf), total: counted[0]?.total ?? 0 };
  }

  async byId(id: string): Promise<Asset | undefined> {
    return (await this.byIds([id]))[0];
  }

  async byIds(ids: readonly string[]): Promise<Asset[]> {
    const found = await this.rows<Row>(`SELECT ${columns} FROM asset WHERE id = ANY($1::uuid[]) ${byName}`, [
      ids,
    ]);
    return found.map(assetOf);
  }

  async byNames(names: readonly string[]): Promise<Asset[]> {
    const found = await this.rows<Row>(
      `SELECT ${columns} FROM asset WHERE lower(name) = ANY($1::text[]) ${byName}`,
      [names.map((name) => name.toLowerCase())],
    );
    return found.map(assetOf);
  }

  async first(limit: number): Promise<Asset[]> {
    return (await this.rows<Row>(`SELECT ${columns} FROM asset ${byName} LIMIT $1`, [limit])).map(assetOf);
  }

  async remove(id: string): Promise<boolean> {
    // A data-changing query inside WITH makes the driver answer with rows, like any other query.
    const rows = await this.rows<{ id: string }>(
      'WITH gone AS (DELETE FROM asset WHERE id = $1 RETURNING id) SELECT id FROM gone',
      [id],
    );
    return rows.length === 1;
  }

  private rows<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.manager.query<T[]>(sql, parameters);
  }
}

const assetOf = (row: Row): Asset => ({
  id: row.id,
  name: row.name,
  domain: row.domain,
  address: row.address,
  port: row.port,
  createdAt: row.created_at.toISOString(),
});
