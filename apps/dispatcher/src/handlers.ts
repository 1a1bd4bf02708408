import { dispatcherQueue, type Payload } from '@drover/contracts';
import { Works, type WorkerJob } from '@drover/platform';
import { endJob, inTargetSpan, workerLockMs } from '@drover/remote-work';
import { Inject, Injectable } from '@nestjs/common';
import type { DispatcherPorts } from './ports';
import { startOnTarget } from './start-on-target';

export const DISPATCHER_PORTS = Symbol('DispatcherPorts');

@Injectable()
export class DispatcherHandlers {
  constructor(@Inject(DISPATCHER_PORTS) private readonly ports: DispatcherPorts) {}

  /** How many run at once over all dispatchers is the setting “deployment threads”; this is one process's share at most. */
  @Works(dispatcherQueue, { concurrency: 200, lockDurationMs: workerLockMs })
  async start(job: WorkerJob<Payload<typeof dispatcherQueue>>): Promise<void> {
    const end = await inTargetSpan('start target', job.data, () =>
      startOnTarget(this.ports, job.data, job.signal),
    );
    endJob(job, end);
  }
}
