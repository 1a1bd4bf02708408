/**
 * Finds out what became of an attempt that was granted, over a connection of its own: after a crash, a broken connection
 * or a worker that stood still. Nothing is started here; at most the attempt is fenced, so that it never will be.
 */
import type { Assignment } from '@drover/contracts';
import {
  failureOf,
  namesOfAttempt,
  openContact,
  settleAttempt,
  type FactReport,
  type FlightGuard,
  type JobEnd,
} from '@drover/remote-work';
import type { DispatcherPorts } from './ports';

/** @param generation the one that the grant gave. */
export async function recoverAttempt(
  ports: DispatcherPorts,
  assignment: Assignment,
  generation: number,
  guard: FlightGuard,
): Promise<JobEnd> {
  const reference = { targetId: assignment.targetId, attempt: assignment.attempt, generation };
  const report = async (fact: Pick<FactReport, 'fact' | 'cause' | 'startedAt'>): Promise<JobEnd> => {
    await ports.ledger.report({ ...reference, ...fact });
    return { kind: 'done' };
  };
  // A dispatcher that comes late must not put a fence on a computer that has been closed meanwhile.
  const current = await ports.ledger.assignment(assignment.targetId);
  if (current.status !== 'starting' || current.generation !== generation) return { kind: 'done' };
  const contact = await openContact(ports, assignment, guard);
  if (contact.state === 'wait') return { kind: 'again', afterMs: contact.afterMs };
  // The collector keeps asking a computer that cannot be asked at this moment; a dispatcher is too scarce for that.
  if (contact.state === 'failed') return report({ fact: 'unknown', cause: contact.failure.cause });
  try {
    const names = namesOfAttempt(assignment.targetId, assignment.attempt);
    const settled = await settleAttempt(contact.host, names, ports.clock, guard);
    switch (settled.kind) {
      case 'adopted':
        return await report({ fact: 'adopted', startedAt: settled.begunAt.toISOString() });
      case 'notStarted':
        return await report({ fact: 'notStarted', cause: causeOf('notStarted', settled.because) });
      case 'unknown':
        return await report({ fact: 'unknown', cause: causeOf('unknown', settled.because) });
    }
  } catch (error) {
    guard.check();
    const failure = failureOf(error);
    if (!failure) throw error;
    return await report({ fact: 'unknown', cause: failure.cause });
  } finally {
    void contact.host.close(); // Nothing depends on its farewell.
  }
}

const causeOf = (reason: string, message: string) => ({ kind: 'recovery', reason, message });
