/** Cancels what has not ended (DEP-8): the wish is committed here, the timers carry it to each target. */
import {
  Problem,
  deploymentChanged,
  type Answer,
  type Asked,
  type cancelDeployment as question,
} from '@drover/contracts';
import type { Ports } from '../ports';

/**
 * From the commit on no grant is given. Targets before the grant end at once; running ones are stopped by the
 * collector; one in `starting` is cancelled as it arrives in `running`. Repeating a cancel changes nothing.
 */
export async function cancelDeployment(
  ports: Ports,
  asked: Asked<typeof question>,
): Promise<Answer<typeof question>> {
  const now = ports.now();
  await ports.ledger.transaction(async (tx) => {
    if (!(await tx.startCancelling(asked.id, now))) return;
    await tx.audit({ actor: asked.actor, action: 'deployment.cancel', subject: asked.id, detail: {} });
    tx.publish({
      message: deploymentChanged,
      key: asked.id,
      suffix: asked.id,
      id: `${asked.id}-cancelling`,
      payload: {
        deploymentId: asked.id,
        state: 'cancelling',
        counts: await tx.countsOf(asked.id),
        at: now.toISOString(),
      },
    });
  });
  ports.wake('timers');
  const deployment = await ports.ledger.deployment(asked.id);
  if (deployment === undefined)
    throw new Problem('notFound', 'No such deployment', `There is no deployment ${asked.id}.`);
  return deployment;
}
