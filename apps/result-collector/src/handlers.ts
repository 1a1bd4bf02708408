import { collectorQueue, type Payload } from '@drover/contracts';
import { Works, type WorkerJob } from '@drover/platform';
import { endJob, inTargetSpan, workerLockMs } from '@drover/remote-work';
import { Inject, Injectable } from '@nestjs/common';
import { collectTarget } from './collect-target';
import type { CollectorPorts } from './ports';

export const COLLECTOR_PORTS = Symbol('CollectorPorts');

@Injectable()
export class CollectorHandlers {
  constructor(@Inject(COLLECTOR_PORTS) private readonly ports: CollectorPorts) {}

  @Works(collectorQueue, { concurrency: 50, lockDurationMs: workerLockMs })
  async collect(job: WorkerJob<Payload<typeof collectorQueue>>): Promise<void> {
    const end = await inTargetSpan('collect target', job.data, () =>
      collectTarget(this.ports, job.data, job.signal),
    );
    endJob(job, end);
  }
}
