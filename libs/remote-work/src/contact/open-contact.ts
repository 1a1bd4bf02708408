/**
 * The way to a computer that all workers take: its address, the right to use its credential, one logon, and the report
 * of how that logon went. A credential version is proven by one logon before it is used in parallel, and suspended
 * after two wrong passwords: the inventory keeps that count, here it is obeyed.
 */
import type { Assignment } from '@drover/contracts';
import {
  RemoteError,
  type HostAddress,
  type WindowsCredential,
  type WindowsHost,
} from '@drover/windows-remote';
import type { WorkPorts } from '../ports';
import { RemoteWorkError } from '../remote-work-error';
import { failureOf, type Failure } from './failures';
import { operationDeadlineMs, type FlightGuard } from './flight-guard';
import { LogonGate, type LogonOutcome } from './logon-gate';

/** A computer that is on answers a SYN at once; what takes longer is offline. */
export const connectTimeoutMs = 8_000;
/** While another worker proves the credential, or the assignment names a version that is no longer the latest. */
const credentialWaitMs = 1_500;

export type Contact =
  | { state: 'open'; host: WindowsHost }
  | { state: 'failed'; failure: Failure }
  /** The credential may not be used at this moment. */
  | { state: 'wait'; afterMs: number };

/** @throws RemoteWorkError 'stopped' when the guard says so; errors of the bus as they are. */
export async function openContact(
  ports: Pick<WorkPorts, 'credentials' | 'names' | 'hosts'>,
  assignment: Pick<Assignment, 'asset' | 'credential'>,
  guard: FlightGuard,
): Promise<Contact> {
  const { asset, credential } = assignment;
  if (!credential) return { state: 'failed', failure: noCredential };
  const address = await addressOf(ports, asset);
  if ('fact' in address) return { state: 'failed', failure: address };

  const claim = await ports.credentials.claim(credential);
  if (claim === 'wait' || claim === 'superseded') return { state: 'wait', afterMs: credentialWaitMs };
  if (claim === 'suspended') return { state: 'failed', failure: suspended };

  const account = await ports.credentials.open(credential);
  if (account === 'superseded') return { state: 'wait', afterMs: credentialWaitMs };
  if (account === 'unreadable') return { state: 'failed', failure: unreadable };
  guard.check();
  const logon = await logOn(ports, address, account, `${credential.id}-${credential.version}`, guard);
  if ('host' in logon) {
    const { host } = logon;
    await closingOnFailure(host, () => ports.credentials.reportLogon(credential, 'accepted', asset.name));
    return { state: 'open', host };
  }
  // A claim to prove is given back also when nothing was proven, so that the next worker need not wait for its end.
  if (logon.outcome === 'wrongPassword' || claim === 'prove')
    await ports.credentials.reportLogon(credential, logon.outcome, asset.name);
  if (logon.turnedBack) return { state: 'wait', afterMs: credentialWaitMs };
  guard.check();
  const failure = failureOf(logon.error);
  if (!failure) throw logon.error;
  return { state: 'failed', failure };
}

/** All services of one process share it: the account does not care which of them logs on. */
const gate = new LogonGate();

type Logon =
  { host: WindowsHost } | { error: unknown; outcome: 'wrongPassword' | 'other'; turnedBack: boolean };

/** Connects, waiting at the gate once the computer has answered, so that one that is off holds nobody up. */
async function logOn(
  ports: Pick<WorkPorts, 'hosts'>,
  address: HostAddress,
  account: WindowsCredential,
  accountKey: string,
  guard: FlightGuard,
): Promise<Logon> {
  let place: 'outside' | 'enter' | 'turnBack' = 'outside';
  let outcome: LogonOutcome = 'other';
  const beforeFlight = async (): Promise<void> => {
    guard.beforeFlight();
    if (place !== 'outside') return;
    place = await gate.enter(accountKey);
    guard.rest();
    if (place === 'turnBack')
      throw new RemoteWorkError('stopped', 'the password was shown to be wrong meanwhile');
  };
  try {
    const host = await ports.hosts.connect(address, account, {
      connectTimeoutMs,
      deadlineMs: operationDeadlineMs,
      signal: guard.signal,
      beforeFlight,
    });
    outcome = 'accepted';
    return { host };
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'wrongPassword') outcome = 'wrongPassword';
    const turnedBack = (place as string) === 'turnBack';
    return { error, outcome: outcome === 'wrongPassword' ? outcome : 'other', turnedBack };
  } finally {
    if ((place as string) === 'enter') gate.leave(accountKey, outcome);
  }
}

/** Where a computer is: its fixed address, or what its name resolves to at this moment. */
export async function addressOf(
  ports: Pick<WorkPorts, 'names'>,
  asset: Assignment['asset'],
): Promise<HostAddress | Failure> {
  const at = (address: string): HostAddress => ({ address, port: asset.port, name: asset.name });
  if (asset.address) return at(asset.address);
  const answer = await ports.names.ipv4Of(asset.name, asset.domain);
  switch (answer.kind) {
    case 'found':
      return at(answer.address);
    case 'unknownName':
      return nameFailure('REQ-2', 'nameNotResolved', `the name ${asset.name} does not resolve`);
    case 'noIpv4':
      return nameFailure('REQ-3', 'noIpv4', `the name ${asset.name} resolves, but not to an IPv4 address`);
    case 'noAnswer':
      return {
        fact: 'offline',
        requirement: 'REQ-2',
        cause: {
          kind: 'unreachable',
          reason: 'nameServerSilent',
          message: `the name service did not answer for ${asset.name}`,
          remedy: 'check the DNS servers of this server',
        },
      };
  }
}

const nameFailure = (requirement: string, reason: string, message: string): Failure => ({
  fact: 'notMet',
  requirement,
  cause: {
    kind: 'unreachable',
    reason,
    message,
    remedy:
      'add an A record for the computer to DNS, correct its name, or give the asset a fixed IPv4 address',
  },
});

const noCredential: Failure = {
  fact: 'notMet',
  requirement: 'REQ-5',
  cause: {
    kind: 'credential',
    reason: 'noCredential',
    message: 'no credential is mapped to the computer',
    remedy: 'add a credential and map it to the computer, or make one global',
  },
};

const suspended: Failure = {
  fact: 'logonRefused',
  requirement: 'REQ-5',
  cause: {
    kind: 'credential',
    reason: 'suspended',
    message:
      'the credential is suspended after two wrong passwords in a row, so that the account is not locked',
    remedy: 'enter the right password, or release the credential',
  },
};

const unreadable: Failure = {
  fact: 'logonRefused',
  requirement: 'REQ-5',
  cause: {
    kind: 'credential',
    reason: 'unreadable',
    message: 'the stored password cannot be opened with the private key of this worker',
    remedy: 'enter the password again, or give the worker the private key that belongs to the public one',
  },
};

async function closingOnFailure(host: WindowsHost, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    void host.close(); // The error is what the caller has to see; close sends its farewell without waiting.
    throw error;
  }
}
