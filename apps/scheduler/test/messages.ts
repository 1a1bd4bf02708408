import { deploymentChanged, targetChanged, targetStepChanged, type Message } from '@drover/contracts';

/** The events that the ledger may publish, by subject. */
export const messagesBySubject = new Map<string, Message>(
  [deploymentChanged, targetChanged, targetStepChanged].map((message) => [message.subject, message]),
);
