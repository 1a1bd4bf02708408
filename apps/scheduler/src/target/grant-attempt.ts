/** The ledger's yes before a computer may begin: answered only after `starting` has been committed. */
import type { Answer, Asked, requestGrant } from '@drover/contracts';
import type { Ports } from '../ports';
import { commitReport, settled, type Folded } from './fold-fact';

type Grant = Answer<typeof requestGrant>;

/**
 * Compare-and-set on (attempt, generation) of a target in `ready`. Grants are serialised, so the running maximum
 * holds over all dispatchers; the deployment's row is shared, so a cancel is before the grant or after it.
 */
export async function grantAttempt(ports: Ports, asked: Asked<typeof requestGrant>): Promise<Grant> {
  const { grant, folded } = await ports.ledger.transaction(
    async (tx): Promise<{ grant: Grant; folded?: Folded }> => {
      await tx.holdGrants();
      const locked = await tx.lockTarget(asked.targetId);
      if (locked === undefined) return refuse(asked.generation, 'the target does not exist');
      const { target } = locked;
      if (target.status !== 'ready') return refuse(target.generation, `the target is ${target.status}`);
      if (target.generation !== asked.generation || target.attempt !== asked.attempt)
        return refuse(target.generation, 'another attempt has taken its place');
      if ((await tx.shareDeployment(target.deploymentId)) !== 'active')
        return refuse(target.generation, 'the deployment is cancelled');
      const { runningMaximum } = await tx.settings();
      // The dispatcher asks again by itself; meanwhile everything is in place on the computer, and inert.
      if ((await tx.runningCount()) >= runningMaximum)
        return refuse(target.generation, `${runningMaximum} computers are running already`);
      const done = await commitReport(ports, tx, locked, { fact: 'granted', at: ports.now() });
      if (done.result !== 'folded') return refuse(target.generation, 'the target cannot start');
      return { grant: { granted: true, generation: done.target.generation }, folded: done };
    },
  );
  if (folded !== undefined) settled(ports, folded);
  return grant;
}

const refuse = (generation: number, because: string): { grant: Grant } => ({
  grant: { granted: false, generation, because },
});
