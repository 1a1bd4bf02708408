/** The ports of `followDeployment` over the bus. */
import {
  deploymentChanged,
  getDeployment,
  listTargets,
  message,
  targetChanged,
  targetStepChanged,
  type Message,
  type Target,
} from '@drover/contracts';
import type { Bus } from '@drover/platform';
import { z } from 'zod';
import type { DeploymentEvent, FollowPorts, Snapshot } from './follow-deployment';

/** One ordered reader over all three kinds, or their order among each other would be lost. */
const everyEvent = message(
  'EVENTS',
  'event',
  z.looseObject({ deploymentId: z.string() }),
  'Any change that the ledger tells the world.',
);
const kinds: [DeploymentEvent['name'], Message][] = [
  ['target', targetChanged],
  ['step', targetStepChanged],
  ['deployment', deploymentChanged],
];
/** A snapshot shows this many targets; `isComplete` says when there are more. */
export const snapshotTargetsMax = 5_000;
const targetsPerPage = 1000;

export const ledgerEvents = (bus: Bus, isSignedIn: () => Promise<boolean>): FollowPorts => ({
  isSignedIn,
  deployment: (id) => bus.ask(getDeployment, { id }),
  snapshot: (id) => readSnapshot(bus, id),
  subscribe: (deploymentId, startAfter, onEvent) =>
    bus.subscribe(
      everyEvent,
      { filter: `*.*.${deploymentId}`, ...(startAfter !== undefined && { startAfter }) },
      (payload, { sequence, subject }) => {
        const kind = kinds.find(([, declared]) => subject.startsWith(`${declared.subject}.`));
        const read = kind?.[1].schema.safeParse(payload);
        // An event of a kind that this gateway does not know belongs to a later version of the ledger.
        if (!kind || !read?.success) return;
        onEvent({ name: kind[0], payload: read.data as DeploymentEvent['payload'], sequence });
      },
    ),
});

async function readSnapshot(bus: Bus, deploymentId: string): Promise<Snapshot> {
  const deployment = await bus.ask(getDeployment, { id: deploymentId });
  const targets: Target[] = [];
  for (let after: string | undefined; targets.length < snapshotTargetsMax;) {
    const page = await bus.ask(listTargets, {
      deploymentId,
      limit: targetsPerPage,
      ...(after !== undefined && { after }),
    });
    targets.push(...page.targets);
    after = page.targets.at(-1)?.id;
    if (after === undefined || page.targets.length < targetsPerPage) break;
  }
  return { deployment, targets, isComplete: targets.length >= deployment.targets };
}
