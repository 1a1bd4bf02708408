/**
 * The ledger's own facts: what becomes due in Postgres. Whoever polls first locks the target; what is chosen
 * then depends only on the row, so that two schedulers, or a timer and a fact, never do the same thing twice.
 */
import { isFinal, type Fact, type Owner, type Status, type lifecycle } from '@drover/domain';
import type { LockedTarget, Ports } from '../ports';
import { foldOwn } from '../target/fold-fact';
import { cancellableStatuses } from '../target/target';
import { AssetHeld } from '../ports';

export const timersPerPoll = 500;
const foldsAtOnce = 4;

type OwnedByScheduler = {
  [S in keyof typeof lifecycle]: (typeof lifecycle)[S]['owner'] extends Extract<Owner, 'scheduler'>
    ? S
    : never;
}[keyof typeof lifecycle];

/** Every status that the scheduler owns is here, or this does not compile; the others have deadlines only. */
const whenDue: Record<OwnedByScheduler, Fact> & Partial<Record<Status, Fact>> = {
  waiting: 'due',
  waking: 'bootTimePassed',
  sleeping: 'probeDue',
  running: 'deadlinePassed',
  cancelling: 'deadlinePassed',
  closing: 'closeDeadlinePassed',
};

/** @returns how many targets moved; a full poll means that more are due. */
export async function fireDueTimers(ports: Ports): Promise<{ moved: number; isFull: boolean }> {
  const due = await ports.ledger.dueTargets(ports.now(), timersPerPoll);
  const queue = due.values();
  let moved = 0;
  const work = async (): Promise<void> => {
    for (const id of queue) if (await fire(ports, id)) moved += 1;
  };
  await Promise.all(Array.from({ length: foldsAtOnce }, work));
  return { moved, isFull: due.length === timersPerPoll };
}

/** What the ledger itself has to say about a target at this instant. */
export function factAt(
  { target, rules }: Pick<LockedTarget, 'target' | 'rules'>,
  now: Date,
): Fact | undefined {
  if (isFinal(target.status)) return undefined;
  if (rules.isCancelRequested && cancellableStatuses.includes(target.status)) return 'cancelRequested';
  if (target.dueAt === null || target.dueAt > now) return undefined;
  if (target.status === 'sleeping' && target.offlineUntil !== null && target.offlineUntil <= now)
    return 'periodOver';
  return whenDue[target.status];
}

async function fire(ports: Ports, id: string): Promise<boolean> {
  try {
    return (await foldOwn(ports, id, factAt)).result === 'folded';
  } catch (error) {
    // The other target won the race for the computer: the next poll sees it and parks this one.
    if (error instanceof AssetHeld) return false;
    throw error;
  }
}
