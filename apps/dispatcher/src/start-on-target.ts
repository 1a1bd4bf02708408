/**
 * Begins an attempt on a target, once. Until the grant everything may be repeated and undone; from the grant on nothing is
 * started blindly: whoever cannot say whether the attempt has begun reads that from the computer (recover-attempt.ts).
 */
import type { Assignment, dispatcherQueue, Payload } from '@drover/contracts';
import {
  failureOf,
  flightGuard,
  namesOfAttempt,
  openContact,
  RemoteWorkError,
  verdictOf,
  type AttemptNames,
  type Failure,
  type JobEnd,
} from '@drover/remote-work';
import type { WindowsHost } from '@drover/windows-remote';
import { dispatchTo } from './dispatch-to';
import { removePlaced } from './place-attempt';
import type { DispatcherPorts } from './ports';
import { recoverAttempt } from './recover-attempt';

/** While the running limit is reached; everything is in place meanwhile. */
const grantAgainMs = 5_000;
const done: JobEnd = { kind: 'done' };

/** A job of `ready` also recovers the `starting` that its own earlier run was granted. */
export async function startOnTarget(
  ports: DispatcherPorts,
  job: Payload<typeof dispatcherQueue>,
  signal: AbortSignal,
): Promise<JobEnd> {
  const assignment = await ports.ledger.assignment(job.targetId);
  const guard = flightGuard(ports.clock, signal);
  const ahead = assignment.generation - job.generation;
  if (assignment.attempt !== job.attempt) return done;
  if (assignment.status === 'starting' && (ahead === 0 || ahead === 1))
    return recoverAttempt(ports, assignment, assignment.generation, guard);
  if (assignment.status !== 'ready' || ahead !== 0) return done;

  const contact = await openContact(ports, assignment, guard);
  if (contact.state === 'wait') return { kind: 'again', afterMs: contact.afterMs };
  if (contact.state === 'failed') return reportFailure(ports, assignment, contact.failure);
  const { host } = contact;
  const openedMs = ports.clock.monotonicMs();
  const names = namesOfAttempt(assignment.targetId, assignment.attempt);
  const progress = { isGranted: false };
  let generation = assignment.generation;
  try {
    const dispatched = await dispatchTo(
      host,
      { names, content: assignment.content, runner: ports.runner },
      async () => {
        guard.check();
        const grant = await ports.ledger.grant(referenceOf(assignment, generation));
        if (grant.granted) generation = grant.generation;
        return grant;
      },
      progress,
    );
    if (dispatched.kind === 'refused') return await afterRefusal(ports, assignment, host, names);
    if (dispatched.kind === 'touched') return await recoverAttempt(ports, assignment, generation, guard);
    const startedAt = new Date(host.info.serverTime.getTime() + ports.clock.monotonicMs() - openedMs);
    await ports.ledger.report({
      ...referenceOf(assignment, generation),
      fact: 'started',
      startedAt: startedAt.toISOString(),
    });
    return done;
  } catch (error) {
    guard.check();
    const failure = failureOf(error);
    if (!failure || error instanceof RemoteWorkError) throw error;
    if (progress.isGranted) return await recoverAttempt(ports, assignment, generation, guard);
    if (failure.fact !== 'offline') await removeInert(ports, host, names);
    return await reportFailure(ports, assignment, failure);
  } finally {
    void host.close(); // The work on the computer does not depend on the connection; its end is not waited for.
  }
}

/**
 * No grant: either the limit is reached and the attempt stays prepared, or the target has gone on without this worker, which
 * then takes away what it may have put on a computer that is closed already.
 */
async function afterRefusal(
  ports: DispatcherPorts,
  before: Assignment,
  host: WindowsHost,
  names: AttemptNames,
): Promise<JobEnd> {
  const current = await ports.ledger.assignment(before.targetId);
  if (current.generation === before.generation) return { kind: 'again', afterMs: grantAgainMs };
  const isOver =
    current.attempt > before.attempt ||
    current.outcome !== null ||
    current.status === 'closing' ||
    current.status === 'cancelled';
  if (isOver) await removeInert(ports, host, names);
  return done;
}

/** Best effort: what stays is inert, and the retention trigger removes it at the latest. */
async function removeInert(ports: DispatcherPorts, host: WindowsHost, names: AttemptNames): Promise<void> {
  try {
    await removePlaced(host, names);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    ports.log.note('could not remove what a dispatch had prepared', {
      targetId: names.name,
      cause: failure.cause,
    });
  }
}

async function reportFailure(
  ports: DispatcherPorts,
  assignment: Assignment,
  failure: Failure,
): Promise<JobEnd> {
  await ports.ledger.report({
    ...referenceOf(assignment, assignment.generation),
    fact: failure.fact,
    cause: failure.cause,
    ...(failure.fact !== 'offline' && { verdicts: [verdictOf(failure)] }),
  });
  return done;
}

const referenceOf = (assignment: Assignment, generation: number) => ({
  targetId: assignment.targetId,
  attempt: assignment.attempt,
  generation,
});
