/**
 * Checks what a deployment needs of a computer (REQ-2 to REQ-9) and reports one fact with every verdict. Checks that
 * cannot succeed after a failure are not made; those that are independent of each other are made together.
 */
import type { Payload, Verdict, checkerQueue } from '@drover/contracts';
import {
  addressOf,
  failureOf,
  flightGuard,
  openContact,
  verdictOf,
  type Failure,
  type FlightGuard,
  type JobEnd,
} from '@drover/remote-work';
import { RemoteError, type HostAddress } from '@drover/windows-remote';
import type { Assignment } from '@drover/contracts';
import { checkAccess } from './check-access';
import type { CheckerPorts, DoorState } from './ports';

/** A computer that is starting up refuses connections for a few seconds before file sharing listens. */
const knocksMax = 4;
const knockAgainMs = 2_000;

type Outcome =
  | {
      kind: 'fact';
      fact: 'passed' | 'notMet' | 'offline' | 'logonRefused';
      verdicts: Verdict[];
      failure?: Failure;
    }
  | { kind: 'wait'; afterMs: number };

/** A job whose generation is no longer the target's is done: somebody else has gone on. */
export async function checkTarget(
  ports: CheckerPorts,
  job: Payload<typeof checkerQueue>,
  signal: AbortSignal,
): Promise<JobEnd> {
  const assignment = await ports.ledger.assignment(job.targetId);
  if (assignment.status !== 'checking' || assignment.generation !== job.generation) return { kind: 'done' };
  const outcome = await examine(ports, assignment, flightGuard(ports.clock, signal));
  if (outcome.kind === 'wait') return { kind: 'again', afterMs: outcome.afterMs };
  await ports.ledger.report({
    targetId: job.targetId,
    attempt: assignment.attempt,
    generation: assignment.generation,
    fact: outcome.fact,
    verdicts: outcome.verdicts,
    ...(outcome.failure && { cause: outcome.failure.cause }),
  });
  return { kind: 'done' };
}

async function examine(ports: CheckerPorts, assignment: Assignment, guard: FlightGuard): Promise<Outcome> {
  const { asset } = assignment;
  const verdicts: Verdict[] = [];
  const pass = (requirement: string, seen: string): void =>
    void verdicts.push({ requirement, result: 'pass', seen });
  const failed = (failure: Failure): Outcome => ({
    kind: 'fact',
    fact: failure.fact,
    verdicts: [...verdicts, verdictOf(failure)],
    failure,
  });

  const address = await addressOf(ports, asset);
  if ('fact' in address) return failed(address);
  pass('REQ-2', asset.address ? 'the asset has a fixed address' : `${asset.name} resolves`);
  pass('REQ-3', `the address is ${address.address}`);

  const door = await knock(ports, address, guard);
  if (door) return failed(door);
  pass('REQ-4', `port ${asset.port} is open`);

  const contact = await openContact(ports, assignment, guard);
  if (contact.state === 'wait') return { kind: 'wait', afterMs: contact.afterMs };
  if (contact.state === 'failed') return failed(contact.failure);
  pass('REQ-5', 'the logon was accepted');
  try {
    const findings = await checkAccess(contact.host, assignment);
    const all = [...verdicts, ...findings.map((f) => f.verdict)];
    const failures = findings.flatMap((f) => (f.failure ? [f.failure] : []));
    // A connection that breaks half-way says nothing about the requirements: the computer is asked again later.
    const failure = failures.find((f) => f.fact === 'offline') ?? failures[0];
    if (!failure) return { kind: 'fact', fact: 'passed', verdicts: all };
    return { kind: 'fact', fact: failure.fact, verdicts: all, failure };
  } finally {
    void contact.host.close(); // Its farewell is sent, not waited for.
  }
}

async function knock(
  ports: CheckerPorts,
  address: HostAddress,
  guard: FlightGuard,
): Promise<Failure | undefined> {
  let state: DoorState = 'open';
  for (let knocks = 1; knocks <= knocksMax; knocks++) {
    guard.check();
    state = await ports.doors.knock(address, guard.signal);
    guard.rest();
    if (state !== 'connectionRefused') break;
    if (knocks < knocksMax) await ports.clock.wait(knockAgainMs, guard.signal);
    guard.rest();
  }
  if (state === 'open') return undefined;
  return failureOf(
    new RemoteError(
      'unreachable',
      state,
      `could not connect to ${address.address}, port ${address.port ?? 445}`,
    ),
  );
}
