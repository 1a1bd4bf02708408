/** SESSION_SETUP as a server answers it, [MS-SMB2] 3.3.5.5. Guests and anonymous logons do not exist here. */
import { createHash, randomBytes } from 'node:crypto';
import {
  decodeBody,
  sessionFlags,
  SessionSetupRequest,
  SessionSetupResponse,
} from '@drover/windows-remote/protocol';
import { HostRefusal, NtStatus } from '../refusal';
import type { SmbServerConnection } from './connection';
import { LogonAcceptor, type AcceptedLogon } from './logon';
import type { Negotiated } from './negotiation';
import { Protection } from './protection';
import { reply, type Reply } from './reply';
import type { Request } from './requests';
import { Session } from './session';

export function sessionSetup(
  connection: SmbServerConnection,
  negotiated: Negotiated,
  request: Request,
): Reply & { sessionId: bigint } {
  const { header, message } = request;
  const { securityBuffer } = decodeBody(message, SessionSetupRequest);
  const session =
    header.sessionId === 0n ? newSession(connection) : connection.sessions.get(header.sessionId);
  if (session === undefined || session.logon !== undefined) {
    throw new HostRefusal('ntstatus', NtStatus.userSessionDeleted, 'no logon in progress under this id');
  }
  session.preauthHash = createHash('sha512').update(session.preauthHash).update(message).digest();
  let step: { reply: Buffer; logon: AcceptedLogon | undefined };
  try {
    step = session.acceptor.step(securityBuffer);
  } catch (error) {
    connection.sessions.delete(session.id);
    noteFailure(connection, session.acceptor.triedUsername, error);
    throw error;
  }
  const flags = step.logon === undefined ? 0 : establish(connection, session, negotiated, step.logon);
  const status = step.logon === undefined ? NtStatus.moreProcessingRequired : NtStatus.success;
  return {
    ...reply(SessionSetupResponse, { sessionFlags: flags, securityBuffer: step.reply }, { status }),
    sessionId: session.id,
  };
}

function newSession(connection: SmbServerConnection): Session {
  if (connection.sessions.size >= sessionsMax)
    throw new HostRefusal('ntstatus', NtStatus.insufficientResources, 'too many sessions');
  const id = randomBytes(8).readBigUInt64LE() | 1n;
  const session = new Session(id, new LogonAcceptor(connection.host.logonHost), connection.preauthHash);
  connection.sessions.set(id, session);
  return session;
}

function establish(
  connection: SmbServerConnection,
  session: Session,
  negotiated: Negotiated,
  logon: AcceptedLogon,
): number {
  const { host } = connection;
  session.logon = logon;
  session.protection = new Protection(negotiated, logon.sessionKey, session.preauthHash);
  session.encrypts = host.encryption === 'required' && negotiated.cipher !== 0;
  if (host.encryption === 'required' && negotiated.cipher === 0) {
    connection.sessions.delete(session.id);
    throw new HostRefusal('ntstatus', NtStatus.accessDenied, 'encryption is required');
  }
  host.ledger.record({
    event: 'sessionOpened',
    connection: connection.id,
    session: session.id.toString(16),
    username: logon.account.username,
    dialect: negotiated.dialect,
    cipher: session.protection.cipher ?? '',
    encrypted: session.encrypts,
  });
  return session.encrypts ? sessionFlags.encryptData : 0;
}

function noteFailure(connection: SmbServerConnection, username: string, error: unknown): void {
  if (!(error instanceof HostRefusal)) return;
  connection.host.ledger.record({
    event: 'logonFailed',
    connection: connection.id,
    username,
    status: error.code,
  });
}

const sessionsMax = 16;
