/** The ports that are not the database: questions to other services, job queues, traces. */
import {
  Problem,
  credentialForAsset,
  getAsset,
  getPackageVersion,
  jobId,
  resolveAssets,
} from '@drover/contracts';
import { inSpan, startTargetTrace, type Bus, type Jobs } from '@drover/platform';
import { queueOf } from './ledger.adapter';
import type { Catalog, Inventory, JobQueues, Traces } from './ports';

export const catalogOver = (bus: Bus): Catalog => ({
  version: (id, version) => bus.ask(getPackageVersion, { id, ...(version !== undefined && { version }) }),
});

export const inventoryOver = (bus: Bus): Inventory => ({
  resolve: (assetIds) => bus.ask(resolveAssets, { assetIds }),
  credentialFor: async (assetId) => {
    try {
      return (await bus.ask(credentialForAsset, { assetId })).credential;
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  },
  asset: async (id) => {
    try {
      return await bus.ask(getAsset, { id });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  },
});

export const queuesOver = (jobs: Jobs): JobQueues => ({
  add: (owner, job, traceparent) =>
    jobs.add(queueOf[owner], job, { jobId: jobId(job), ...(traceparent !== null && { traceparent }) }),
  exists: (owner, id) => jobs.exists(queueOf[owner], id),
  setThreads: (threads) => jobs.setGlobalConcurrency(queueOf.dispatcher, threads),
});

export const traces: Traces = {
  start: (attributes) => startTargetTrace(attributes),
  within: (name, traceparent, attributes, work) => inSpan(name, { parent: traceparent, attributes }, work),
};

/** The stream of messages that nobody could handle; one that does not exist yet holds none. */
export async function deadLetters(bus: Bus): Promise<number> {
  try {
    const manager = await bus.manager();
    return (await manager.streams.info('DEAD')).state.messages;
  } catch {
    // The health answer must not fail because NATS is being started or was emptied.
    return 0;
  }
}

const isNotFound = (error: unknown): boolean => error instanceof Problem && error.kind === 'notFound';
