/** What a worker needs for its job, asked when the job runs: nothing of it rests in a queue. */
import { Problem, type Answer, type Asked, type getAssignment } from '@drover/contracts';
import { isFinal } from '@drover/domain';
import type { Ports } from '../ports';

/**
 * The asset as the inventory knows it at this moment, so that a corrected address counts at the next try; an asset
 * that has been deleted is still reached as it was when the deployment was accepted, because something of
 * Drover may be left on it.
 */
export async function assignTarget(
  ports: Ports,
  asked: Asked<typeof getAssignment>,
): Promise<Answer<typeof getAssignment>> {
  const facts = await ports.ledger.assignmentFacts(asked.targetId);
  if (facts === undefined)
    throw new Problem('notFound', 'No such target', `There is no target ${asked.targetId}.`);
  const { target, deployment } = facts;
  const [asset, credential] = isFinal(target.status)
    ? [undefined, null]
    : await Promise.all([
        ports.inventory.asset(target.assetId),
        ports.inventory.credentialFor(target.assetId),
      ]);
  const hasDeadline =
    target.status === 'running' || target.status === 'cancelling' || target.status === 'closing';
  return {
    targetId: target.id,
    attempt: target.attempt,
    generation: target.generation,
    deploymentId: target.deploymentId,
    status: target.status,
    outcome: target.outcome,
    asset: asset ?? facts.asset,
    packageName: deployment.packageName,
    packageVersion: deployment.packageVersion,
    content: deployment.content,
    credential: credential && { id: credential.id, version: credential.version },
    grantedAt: target.grantedAt?.toISOString() ?? null,
    startedAt: target.startedAt?.toISOString() ?? null,
    deadlineAt: (hasDeadline && target.dueAt?.toISOString()) || null,
    journalSequence: target.journalSequence,
    cancelRequested: !isFinal(target.status) && deployment.state === 'cancelling',
    traceparent: target.traceparent,
  };
}
