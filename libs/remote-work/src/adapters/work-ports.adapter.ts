/** The ports of a worker in production, and the end of a job in its queue. */
import { inSpan, type Bus, type Opener, type WorkerJob } from '@drover/platform';
import { WindowsHost } from '@drover/windows-remote';
import { Logger } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { setTimeout as waitFor } from 'node:timers/promises';
import type { Clock, JobEnd, Log, RemoteHosts, TargetReference, WorkPorts } from '../ports';
import { busCredentials } from './bus-credentials.adapter';
import { busLedger } from './bus-ledger.adapter';
import { systemNames } from './system-names.adapter';

/** A worker that renews its lock no more loses the job after this time; above `pauseMaxMs`. */
export const workerLockMs = 30_000;
/** A job that comes again at once would starve the others. */
const shortestPauseMs = 50;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: async (ms, signal) => {
    await waitFor(ms, undefined, { signal });
  },
};

/** @param service names the log. */
export const workPorts = (bus: Bus, opener: Opener, service: string): WorkPorts => ({
  ledger: busLedger(bus, systemClock),
  credentials: busCredentials(bus, opener, systemClock),
  names: systemNames,
  hosts: tracedHosts,
  clock: systemClock,
  log: logOf(service),
});

/** Tells the queue how a run ended; moving a job to later never returns. */
export function endJob(job: Pick<WorkerJob<unknown>, 'delay'>, end: JobEnd): void {
  if (end.kind === 'again') job.delay(Math.max(shortestPauseMs, end.afterMs));
}

/** Runs the work of one job inside a span that names the target, so that a trace can be searched for it. */
export const inTargetSpan = (
  name: string,
  job: TargetReference,
  work: () => Promise<JobEnd>,
): Promise<JobEnd> =>
  inSpan(
    name,
    {
      attributes: {
        'drover.target.id': job.targetId,
        'drover.target.attempt': job.attempt,
        'drover.target.generation': job.generation,
      },
    },
    work,
  );

const tracedHosts: RemoteHosts = {
  connect: (address, credential, options) =>
    inSpan(
      'connect to computer',
      {
        kind: 'client',
        attributes: {
          'server.address': address.name ?? address.address,
          'network.peer.address': address.address,
        },
      },
      () => WindowsHost.connect(address, credential, options),
    ),
};

function logOf(service: string): Log {
  const logger = new Logger(service);
  return {
    note: (message, { targetId, cause }) =>
      logger.log(`${message} (target ${targetId})${cause ? `: ${cause.message}` : ''}`),
  };
}
