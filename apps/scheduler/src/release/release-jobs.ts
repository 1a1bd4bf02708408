/**
 * Hands jobs to the checkers and the dispatchers in turn. Queues hold only about twice what is worked on, so that
 * a deployment accepted behind 10,000 targets gets its share at once: round robin between deployments, not first
 * come, first served. Whoever is not released waits visibly in its status.
 */
import type { Ports } from '../ports';
import type { TargetState } from '../target/target';

/** Jobs of a queue, waiting and at work, for each deployment thread. */
const jobsPerThread = 2;
/** Checks are short and parallel: a few threads must not starve them. */
const checksAtLeast = 40;

/** @returns how many jobs were released. */
export async function releaseJobs(ports: Ports): Promise<number> {
  return ports.ledger.transaction(async (tx) => {
    if (!(await tx.holdReleases())) return 0;
    const { deploymentThreads, runningMaximum } = await tx.settings();
    const released = await tx.releasedCount();
    const checks = Math.max(jobsPerThread * deploymentThreads, checksAtLeast) - released.checking;
    const room = runningMaximum - released.running - released.ready;
    const starts = Math.min(jobsPerThread * deploymentThreads - released.ready - released.starting, room);
    const checking = await tx.takeTurns('checking', Math.max(0, checks), ports.now());
    const ready = await tx.takeTurns('ready', Math.max(0, starts), ports.now());
    for (const target of checking) tx.enqueue('requirements-checker', jobOf(target), target.traceparent);
    for (const target of ready) tx.enqueue('dispatcher', jobOf(target), target.traceparent);
    return checking.length + ready.length;
  });
}

export const jobOf = (target: TargetState) => ({
  targetId: target.id,
  attempt: target.attempt,
  generation: target.generation,
  deploymentId: target.deploymentId,
});
