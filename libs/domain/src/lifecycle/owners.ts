/** The start-up check: every status has exactly one service at work in it. */
import { activeStatuses, ownerOf, type ActiveStatus } from './lifecycle';

/**
 * @param services the services that are composed, by name, each with the owners whose statuses it handles; a worker's queue is named like the owner.
 * @returns one sentence for each status that nobody handles, or more than one; empty when all is well.
 */
export function unownedStatuses(services: readonly { name: string; handles: readonly string[] }[]): string[] {
  return activeStatuses.flatMap((status) => complaint(status, services));
}

function complaint(
  status: ActiveStatus,
  services: readonly { name: string; handles: readonly string[] }[],
): string[] {
  const owner = ownerOf(status);
  const handlers = services.filter(({ handles }) => owner !== undefined && handles.includes(owner));
  if (handlers.length === 0) return [`no service handles ${status}`];
  if (handlers.length === 1) return [];
  return [`${handlers.map(({ name }) => name).join(' and ')} both handle ${status}`];
}
