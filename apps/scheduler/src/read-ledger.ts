/** What operators read: pages of deployments and targets, one of each, and whether the ledger moves. */
import {
  Problem,
  type Answer,
  type Asked,
  type getDeployment,
  type getTarget,
  type ledgerHealth,
  type listDeployments,
  type listTargets,
} from '@drover/contracts';
import type { Ports } from './ports';

export async function readDeployment(
  ports: Ports,
  { id }: Asked<typeof getDeployment>,
): Promise<Answer<typeof getDeployment>> {
  const deployment = await ports.ledger.deployment(id);
  if (deployment === undefined)
    throw new Problem('notFound', 'No such deployment', `There is no deployment ${id}.`);
  return deployment;
}

export async function readDeployments(
  ports: Ports,
  { limit, before }: Asked<typeof listDeployments>,
): Promise<Answer<typeof listDeployments>> {
  return {
    deployments: await ports.ledger.deployments(limit, before === undefined ? undefined : new Date(before)),
  };
}

export async function readTargets(
  ports: Ports,
  asked: Asked<typeof listTargets>,
): Promise<Answer<typeof listTargets>> {
  await readDeployment(ports, { id: asked.deploymentId });
  const { deploymentId, status, limit, after } = asked;
  return ports.ledger.targets({ deploymentId, status, limit, after });
}

export async function readTarget(
  ports: Ports,
  { id }: Asked<typeof getTarget>,
): Promise<Answer<typeof getTarget>> {
  const target = await ports.ledger.targetDetail(id);
  if (target === undefined) throw new Problem('notFound', 'No such target', `There is no target ${id}.`);
  return target;
}

export async function readHealth(ports: Ports): Promise<Answer<typeof ledgerHealth>> {
  const [byStatus, outbox, deadLetters] = await Promise.all([
    ports.ledger.byStatus(),
    ports.ledger.outboxWaiting(),
    ports.deadLetters(),
  ]);
  return {
    byStatus,
    outboxWaiting: outbox.rows,
    outboxOldestSeconds: outbox.oldestSeconds,
    staleFacts: ports.counters.staleFacts,
    deadLetters,
  };
}
