/** Workers that take jobs and report facts, as the real ones would, without computers. */
import type { Payload, targetFact } from '@drover/contracts';
import type { Fact } from '@drover/domain';
import type { TargetJob } from '../src/ports';
import { foldFact, type Folded } from '../src/target/fold-fact';
import { grantAttempt } from '../src/target/grant-attempt';
import type { World } from './world';

export const report = (
  world: World,
  job: Pick<TargetJob, 'targetId' | 'attempt' | 'generation'>,
  fact: Fact,
  more: Partial<Payload<typeof targetFact>> = {},
): Promise<Folded> =>
  foldFact(world.ports, {
    targetId: job.targetId,
    attempt: job.attempt,
    generation: job.generation,
    fact,
    at: world.ports.now().toISOString(),
    ...more,
  });

/** Takes the next job of a queue, which must be there. */
export function taken(world: World, owner: Parameters<World['take']>[0]): TargetJob {
  const job = world.take(owner);
  if (job === undefined) throw new Error(`there is no job for ${owner}`);
  return job;
}

export type Stage =
  'waiting' | 'checking' | 'ready' | 'starting' | 'running' | 'cancelling' | 'closing' | 'sleeping';

/** Brings the single target of a fresh deployment to `stage`; returns what its worker would refer to. */
export async function bringTo(world: World, stage: Stage, assets = world.addAssets(1)): Promise<TargetJob> {
  const deployment = await world.deploy(assets);
  const current = async (): Promise<TargetJob> => {
    const { id: targetId, attempt, generation, deploymentId } = await world.only(deployment.id);
    return { targetId, attempt, generation, deploymentId };
  };
  if (stage === 'waiting') return current();
  await world.settle();
  if (stage === 'checking') return current();
  await report(world, await current(), stage === 'sleeping' ? 'offline' : 'passed');
  await world.settle();
  if (stage === 'ready' || stage === 'sleeping') return current();
  await grantAttempt(world.ports, await current());
  if (stage === 'starting') return current();
  await report(world, await current(), 'started');
  await world.settle();
  if (stage === 'running') return current();
  await report(world, await current(), 'stoppedSuccess', { lastExitCode: 0 });
  await world.settle();
  return current();
}

/** Workers of all three kinds, at work until every queue is empty and nothing is due. */
export async function workUntilIdle(world: World): Promise<void> {
  for (let didWork = true; didWork;) {
    await world.settle();
    didWork = false;
    for (const owner of ['requirements-checker', 'dispatcher', 'result-collector'] as const)
      for (let job = world.take(owner); job !== undefined; job = world.take(owner)) {
        didWork = true;
        await work(world, owner, job);
        await world.relay();
      }
  }
}

async function work(world: World, owner: string, job: TargetJob): Promise<void> {
  if (owner === 'requirements-checker') await report(world, job, 'passed');
  else if (owner === 'dispatcher') {
    const grant = await grantAttempt(world.ports, job);
    if (grant.granted) await report(world, { ...job, generation: grant.generation }, 'started');
  } else {
    const facts = await world.ledger.assignmentFacts(job.targetId);
    const reply: Record<string, Fact> = {
      running: 'stoppedSuccess',
      cancelling: 'stopped',
      closing: 'nothingLeft',
    };
    const fact = reply[facts?.target.status ?? ''];
    if (fact !== undefined) await report(world, job, fact);
  }
}
