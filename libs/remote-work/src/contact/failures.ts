/**
 * What each way in which a computer can refuse or fail means for a target, and what a person does about it: the one
 * table behind every worker's facts, causes and verdicts. Requirement ids are those of the requirement checks.
 *
 * Busy computers count as offline: nothing is wrong with them, and the ledger's retry period bounds how long they are asked.
 */
import type { Cause, Verdict } from '@drover/contracts';
import { RemoteError, type RemoteErrorReason } from '@drover/windows-remote';

export interface Failure {
  /** The fact that a worker reports when it can do nothing more. */
  fact: 'offline' | 'notMet' | 'logonRefused';
  requirement: string;
  cause: Cause;
}

interface Row {
  fact: Failure['fact'];
  requirement: string;
  says: string;
  remedy: string;
}

const row = (fact: Failure['fact'], requirement: string, says: string, remedy: string): Row => ({
  fact,
  requirement,
  says,
  remedy,
});

const firewallRules =
  'allow “File and Printer Sharing (SMB-In)” and “Remote Scheduled Tasks Management” in the Windows Firewall of the computer';
const off = (says: string, remedy: string): Row => row('offline', 'REQ-4', says, remedy);
const logon = (says: string, remedy: string): Row => row('logonRefused', 'REQ-5', says, remedy);
const rights = (says: string, remedy: string): Row => row('notMet', 'REQ-6', says, remedy);
const folder = (says: string, remedy: string): Row => row('notMet', 'REQ-7', says, remedy);
const peer = (says: string): Row =>
  row(
    'notMet',
    'REQ-4',
    says,
    'make sure that the address is that of the Windows computer and that it supports SMB 3.1.1 with signing',
  );

const rows: Record<RemoteErrorReason, Row> = {
  noRoute: off(
    'there is no network route to the computer',
    'check the address, the network and that the computer is on',
  ),
  timeout: off(
    'the computer does not answer: it is off, or a firewall drops the packets',
    `if the computer is on, ${firewallRules}`,
  ),
  connectionRefused: row(
    'notMet',
    'REQ-4',
    'the computer is on but refuses connections to file sharing',
    `start the Server service (LanmanServer), bind File and Printer Sharing to the network adapter, and ${firewallRules}`,
  ),
  connectionLost: off(
    'the connection was lost',
    'nothing, if the computer was restarting; otherwise check the network',
  ),
  deadline: off('the computer did not answer in time', 'check the load of the computer and the network'),
  aborted: off('the work was interrupted', 'nothing: it is taken up again'),
  nameNotResolved: row(
    'notMet',
    'REQ-2',
    'the name does not resolve',
    'add the computer to DNS, correct its name, or give the asset a fixed IPv4 address',
  ),
  serverBusy: off('the computer is too busy to answer', 'nothing: it is tried again'),
  tooManySessions: off(
    'the computer accepts no more sessions',
    'close idle sessions (net session) on the computer',
  ),
  databaseLocked: off('the service database of the computer is locked', 'nothing: it is tried again'),
  pipeBusy: off('a service of the computer is busy', 'nothing: it is tried again'),
  wrongPassword: logon('the user name or password is wrong', 'enter the right password for the credential'),
  accountLocked: logon(
    'the account is locked',
    'unlock the account; find out which system uses an old password',
  ),
  accountDisabled: logon('the account is disabled', 'enable the account or use another credential'),
  accountExpired: logon('the account has expired', 'extend the account or use another credential'),
  accountRestricted: logon(
    'the account is restricted, for example by an empty password or a protected group',
    'use an account that may log on over the network',
  ),
  passwordExpired: logon('the password has expired', 'change the password and enter it in the credential'),
  passwordMustChange: logon(
    'the password must be changed at the next logon',
    'change the password and enter it in the credential',
  ),
  logonHours: logon('the account may not log on at this hour', 'change the logon hours of the account'),
  workstationNotAllowed: logon(
    'the account may not log on to this computer',
    'add the computer to the account’s “Log On To” list',
  ),
  logonTypeNotGranted: logon(
    'the account may not log on over the network',
    'grant “Access this computer from the network” and remove the account from “Deny access … from the network”',
  ),
  clockSkew: logon(
    'the clocks differ too much',
    'synchronise the clocks of the computer, the domain and this server',
  ),
  noTrust: logon(
    'the computer’s trust relationship with its domain is broken',
    'repair it on the computer (Test-ComputerSecureChannel -Repair) or use a local account',
  ),
  noLogonServers: off(
    'the computer finds no domain controller',
    'check that the computer reaches its domain controllers',
  ),
  guestLogon: logon(
    'the computer took the account for a guest',
    'use an account that the computer knows; turn the guest account off',
  ),
  accessDenied: rights(
    'the account has no administrative rights on the computer',
    'use a member of the local Administrators group; for a local account set LocalAccountTokenFilterPolicy to 1',
  ),
  privilegeNotHeld: rights(
    'the account lacks a privilege that administrators have',
    'use an unrestricted member of the local Administrators group',
  ),
  notFound: folder(
    'something that Windows has is missing on the computer',
    'check that C$, the Windows folder and the services exist',
  ),
  alreadyExists: folder('something of the same name is in the way', 'remove it from C:\\Windows\\Drover'),
  serviceDisabled: row(
    'notMet',
    'REQ-9',
    'a service that the deployment needs is disabled',
    'set the start type of Remote Registry and Task Scheduler to manual or automatic',
  ),
  serviceNotRunning: row(
    'notMet',
    'REQ-8',
    'a service that the deployment needs does not keep running',
    'look for the reason in the System event log of the computer',
  ),
  sharingViolation: off('a file is in use on the computer', 'nothing: it is tried again'),
  diskFull: folder('the disk of the computer is full', 'free space on drive C:'),
  directoryNotEmpty: folder('a folder could not be removed', 'look into C:\\Windows\\Drover'),
  isDirectory: folder('a folder is where a file should be', 'look into C:\\Windows\\Drover'),
  notDirectory: folder('a file is where a folder should be', 'look into C:\\Windows\\Drover'),
  invalidName: folder('the computer rejects a name', 'report this together with a capture'),
  batchLogonMissing: rights('the account may not log on as a batch job', 'grant “Log on as a batch job”'),
  malwareFound: folder(
    'the antivirus removed the runner',
    'exclude C:\\Windows\\Drover\\runner-*.exe in the antivirus, or sign the runner with a certificate that it trusts',
  ),
  other: folder('the computer refused', 'see the code; the System event log of the computer may say more'),
  malformed: peer('the computer’s replies make no sense'),
  signature: peer('a reply was not signed as it must be: somebody may be in between'),
  downgrade: peer('somebody tried to weaken the protection of the connection'),
  notWindows: peer('what answers is not a Windows file server'),
  smb1Only: peer('the computer speaks only SMB 1'),
  unsupported: peer('the computer does not offer what a deployment needs'),
  limitExceeded: peer('a reply is larger than any honest one'),
  unexpectedReply: peer('the computer answered something else than was asked'),
};

/**
 * What a remote error means. `undefined` for errors that are not about the computer (a bug, the bus, a job that was
 * taken away): the caller rethrows those.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof RemoteError) || error.reason === 'aborted') return undefined;
  const { fact, requirement, says, remedy } = rows[error.reason];
  return {
    fact,
    requirement,
    cause: {
      kind: error.kind,
      reason: error.reason,
      message: `${says} (${error.message})`,
      remedy,
      ...(error.code !== undefined && { code: error.code }),
      ...(error.codeName !== undefined && { codeName: error.codeName }),
    },
  };
}

/** The verdict that goes with a failure. */
export const verdictOf = (failure: Failure): Verdict => ({
  requirement: failure.requirement,
  result: 'fail',
  seen: failure.cause.message,
  ...(failure.cause.remedy !== undefined && { remedy: failure.cause.remedy }),
});
