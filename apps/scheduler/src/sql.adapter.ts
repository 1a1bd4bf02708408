/** Runs parametrised SQL and gives rows, whatever the statement: TypeORM wraps the rows of UPDATE and DELETE once more. */
import type { EntityManager } from 'typeorm';

export type Row = Record<string, unknown>;

export async function query<R extends object = Row>(
  manager: EntityManager,
  sql: string,
  parameters: unknown[] = [],
): Promise<R[]> {
  const result: unknown = await manager.query(sql, parameters);
  const rows = Array.isArray(result) && Array.isArray(result[0]) ? result[0] : result;
  return rows as R[];
}
