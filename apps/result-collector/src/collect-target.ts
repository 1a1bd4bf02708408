/** What a collector does with a job, by the status of its target: watch, stop or close. */
import type { Assignment, collectorQueue, Payload } from '@drover/contracts';
import {
  failureOf,
  flightGuard,
  openContact,
  type FactReport,
  type FlightGuard,
  type JobEnd,
} from '@drover/remote-work';
import type { WindowsHost } from '@drover/windows-remote';
import { closeTarget } from './close-target';
import { contactAgainMs, pollAgainMs } from './poll-pace';
import type { CollectorPorts } from './ports';
import { stopTarget } from './stop-target';
import { watchTarget } from './watch-target';

/** What the three activities share: one open session to the computer of one target. */
export interface Visit {
  ports: CollectorPorts;
  host: WindowsHost;
  assignment: Assignment;
  guard: FlightGuard;
}

/** A fact that ends the job, or when to come again. */
export type VisitEnd =
  | { kind: 'fact'; fact: Pick<FactReport, 'fact' | 'cause' | 'lastExitCode'> }
  | { kind: 'again'; afterMs: number };

const activities = { running: watchTarget, cancelling: stopTarget, closing: closeTarget };

/** Each visit is a connection of its own: nothing is open while the computer works. */
export async function collectTarget(
  ports: CollectorPorts,
  job: Payload<typeof collectorQueue>,
  signal: AbortSignal,
): Promise<JobEnd> {
  const assignment = await ports.ledger.assignment(job.targetId);
  if (assignment.generation !== job.generation) return { kind: 'done' };
  const { status } = assignment;
  if (status !== 'running' && status !== 'cancelling' && status !== 'closing') return { kind: 'done' };
  const guard = flightGuard(ports.clock, signal);
  const tooEarlyMs = status === 'running' ? pollAgainMs(assignment.startedAt, ports.clock.now()).firstMs : 0;
  if (tooEarlyMs > 0) return { kind: 'again', afterMs: tooEarlyMs };

  const contact = await openContact(ports, assignment, guard);
  if (contact.state === 'wait') return { kind: 'again', afterMs: contact.afterMs };
  // The work on the computer goes on without a connection: whatever is wrong with it, it is asked again until the ledger's
  // deadline for the target.
  if (contact.state === 'failed') {
    ports.log.note('could not visit the computer', { targetId: job.targetId, cause: contact.failure.cause });
    return { kind: 'again', afterMs: contactAgainMs(assignment.startedAt, ports.clock.now()) };
  }
  try {
    const end = await activities[status]({ ports, host: contact.host, assignment, guard });
    if (end.kind === 'again') return end;
    await ports.ledger.report({
      targetId: assignment.targetId,
      attempt: assignment.attempt,
      generation: assignment.generation,
      ...end.fact,
    });
    return { kind: 'done' };
  } catch (error) {
    guard.check();
    const failure = failureOf(error);
    if (!failure) throw error;
    ports.log.note('a visit to the computer broke off', { targetId: job.targetId, cause: failure.cause });
    return { kind: 'again', afterMs: contactAgainMs(assignment.startedAt, ports.clock.now()) };
  } finally {
    void contact.host.close(); // Nothing depends on its farewell.
  }
}
