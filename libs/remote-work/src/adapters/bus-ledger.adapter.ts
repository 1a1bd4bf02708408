import { factId, getAssignment, requestGrant, targetFact, targetProgress } from '@drover/contracts';
import type { Bus } from '@drover/platform';
import type { Clock, Ledger } from '../ports';

/**
 * The scheduler over NATS: questions for what must be known at this moment, JetStream for facts and progress. Both kinds of
 * report are de-duplicated by their ids, so a job may run any number of times.
 */
export const busLedger = (bus: Bus, clock: Clock): Ledger => ({
  assignment: (targetId) => bus.ask(getAssignment, { targetId }),
  grant: (reference) => bus.ask(requestGrant, reference),
  report: (fact) =>
    bus.publish(
      targetFact,
      { ...fact, at: clock.now().toISOString() },
      { suffix: fact.fact, messageId: factId(fact) },
    ),
  progress: (entry) =>
    bus.publish(targetProgress, entry, {
      suffix: entry.targetId,
      messageId: `${entry.targetId}-${entry.attempt}-${entry.sequence}`,
    }),
});
