/** The table `target_history`: every transition of every target, and the results that came too late. */
import type { EntityManager } from 'typeorm';
import type { Arrow } from './target';

/** Appends the arrows in a JSON array; `target` and `arrows` are expressions, so that it can join another statement. */
export const insertHistory = (target: string, arrows: string): string =>
  `INSERT INTO target_history (target_id, generation, attempt, from_status, fact, to_status, at, cause)
   SELECT ${target}::uuid, (a->>'generation')::int, (a->>'attempt')::int, a->>'from', a->>'fact', a->>'to',
          (a->>'at')::timestamptz, CASE WHEN json_typeof(a->'cause') = 'object' THEN a->'cause' END
     FROM json_array_elements(${arrows}::json) WITH ORDINALITY AS given (a, place) ORDER BY place`;

export async function appendHistory(
  manager: EntityManager,
  targetId: string,
  arrows: Arrow[],
): Promise<void> {
  await manager.query(insertHistory('$1', '$2'), [targetId, JSON.stringify(arrows)]);
}
