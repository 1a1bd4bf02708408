/**
 * Finds targets whose owner has no job and gives it one: Postgres is the truth, a queue only a hint. An emptied
 * Redis, a job that failed or a fact that never arrived costs the time until the next round, never a target.
 */
import { jobId } from '@drover/contracts';
import { ownerOf } from '@drover/domain';
import type { Ports } from '../ports';
import type { TargetState } from '../target/target';
import { jobOf } from './release-jobs';

export const reconcileEveryMs = 10_000;
/** A transition this young may still be in the outbox. */
const settleMs = 2_000;
const targetsPerPage = 500;
const asksAtOnce = 32;

/** @returns how many jobs were missing. */
export async function reconcileJobs(ports: Ports): Promise<number> {
  await ports.jobs.setThreads((await ports.ledger.settings()).deploymentThreads);
  const before = new Date(ports.now().getTime() - settleMs);
  let added = 0;
  for (let after: string | undefined; ;) {
    const page = await ports.ledger.ownedTargets(after, before, targetsPerPage);
    const queue = page.values();
    const work = async (): Promise<void> => {
      for (const target of queue) if (await reconcile(ports, target)) added += 1;
    };
    await Promise.all(Array.from({ length: asksAtOnce }, work));
    after = page.at(-1)?.id;
    if (page.length < targetsPerPage) return added;
  }
}

async function reconcile(ports: Ports, target: TargetState): Promise<boolean> {
  const owner = ownerOf(target.status);
  if (owner === undefined || owner === 'scheduler') return false;
  if (await ports.jobs.exists(owner, jobId({ targetId: target.id, generation: target.generation })))
    return false;
  // The dispatcher that was granted is still in the job of `ready`, one generation before.
  if (
    target.status === 'starting' &&
    (await ports.jobs.exists(owner, jobId({ targetId: target.id, generation: target.generation - 1 })))
  )
    return false;
  await ports.jobs.add(owner, jobOf(target), target.traceparent);
  return true;
}
