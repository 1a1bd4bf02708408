/** Everything the ledger answers and consumes, one line each. */
import {
  cancelDeployment as cancelQuestion,
  changeSettings as changeQuestion,
  createDeployment as createQuestion,
  getAssignment,
  getDeployment,
  getSettings,
  getTarget,
  ledgerHealth,
  listDeployments,
  listTargets,
  requestGrant,
  targetFact,
  targetProgress,
  type Answer,
  type Asked,
  type Payload,
} from '@drover/contracts';
import { Answers, Consumes } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { cancelDeployment } from './deployment/cancel-deployment';
import { createDeployment } from './deployment/create-deployment';
import { LedgerDuties } from './duties.adapter';
import type { Ports } from './ports';
import { readDeployment, readDeployments, readHealth, readTarget, readTargets } from './read-ledger';
import { changeSettings } from './settings/change-settings';
import { assignTarget } from './target/assign-target';
import { foldFact } from './target/fold-fact';
import { grantAttempt } from './target/grant-attempt';
import { recordProgress } from './target/record-progress';

/** Transactions at once for each consumer; the pool has ten connections, and timers and questions need some. */
const foldsAtOnce = 6;

@Controller()
export class LedgerHandlers {
  private readonly ports: Ports;

  constructor(duties: LedgerDuties) {
    this.ports = duties.ports;
  }

  @Answers(createQuestion)
  create(asked: Asked<typeof createQuestion>): Promise<Answer<typeof createQuestion>> {
    return createDeployment(this.ports, asked);
  }

  @Answers(cancelQuestion)
  cancel(asked: Asked<typeof cancelQuestion>): Promise<Answer<typeof cancelQuestion>> {
    return cancelDeployment(this.ports, asked);
  }

  @Answers(getDeployment)
  deployment(asked: Asked<typeof getDeployment>): Promise<Answer<typeof getDeployment>> {
    return readDeployment(this.ports, asked);
  }

  @Answers(listDeployments)
  deployments(asked: Asked<typeof listDeployments>): Promise<Answer<typeof listDeployments>> {
    return readDeployments(this.ports, asked);
  }

  @Answers(listTargets)
  targets(asked: Asked<typeof listTargets>): Promise<Answer<typeof listTargets>> {
    return readTargets(this.ports, asked);
  }

  @Answers(getTarget)
  target(asked: Asked<typeof getTarget>): Promise<Answer<typeof getTarget>> {
    return readTarget(this.ports, asked);
  }

  @Answers(getAssignment)
  assignment(asked: Asked<typeof getAssignment>): Promise<Answer<typeof getAssignment>> {
    return assignTarget(this.ports, asked);
  }

  @Answers(requestGrant)
  grant(asked: Asked<typeof requestGrant>): Promise<Answer<typeof requestGrant>> {
    return grantAttempt(this.ports, asked);
  }

  @Answers(getSettings)
  settings(): Promise<Answer<typeof getSettings>> {
    return this.ports.ledger.settings();
  }

  @Answers(changeQuestion)
  change(asked: Asked<typeof changeQuestion>): Promise<Answer<typeof changeQuestion>> {
    return changeSettings(this.ports, asked);
  }

  @Answers(ledgerHealth)
  health(): Promise<Answer<typeof ledgerHealth>> {
    return readHealth(this.ports);
  }

  @Consumes(targetFact, { durable: 'scheduler-facts', filter: 'target.fact.*', concurrency: foldsAtOnce })
  fact(fact: Payload<typeof targetFact>): Promise<unknown> {
    return foldFact(this.ports, fact);
  }

  @Consumes(targetProgress, { durable: 'scheduler-progress', concurrency: foldsAtOnce })
  progress(progress: Payload<typeof targetProgress>): Promise<unknown> {
    return recordProgress(this.ports, progress);
  }
}
