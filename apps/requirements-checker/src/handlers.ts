import { checkerQueue, type Payload } from '@drover/contracts';
import { Works, type WorkerJob } from '@drover/platform';
import { endJob, inTargetSpan, workerLockMs } from '@drover/remote-work';
import { Inject, Injectable } from '@nestjs/common';
import { checkTarget } from './check-target';
import type { CheckerPorts } from './ports';

export const CHECKER_PORTS = Symbol('CheckerPorts');

@Injectable()
export class CheckerHandlers {
  constructor(@Inject(CHECKER_PORTS) private readonly ports: CheckerPorts) {}

  @Works(checkerQueue, { concurrency: 50, lockDurationMs: workerLockMs })
  async check(job: WorkerJob<Payload<typeof checkerQueue>>): Promise<void> {
    const end = await inTargetSpan('check target', job.data, () =>
      checkTarget(this.ports, job.data, job.signal),
    );
    endJob(job, end);
  }
}
