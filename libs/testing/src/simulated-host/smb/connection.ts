/**
 * One SMB connection of a client, [MS-SMB2] 3.3.5: unwraps frames (encrypted, compounded), checks signatures and credits,
 * hands each request to its handler, and sends the answers signed or encrypted. Requests are worked on in order; only a
 * READ of an empty pipe waits, behind an interim response.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  commands,
  decodeBody,
  encodeMessage,
  headerFlags,
  NegotiateRequest,
  NegotiateResponse,
  protocolIds,
  RemoteError,
  TransformHeader,
  type Header,
} from '@drover/windows-remote/protocol';
import { HostRefusal, NtStatus } from '../refusal';
import { hostileBytes } from './hostile';
import { negotiate, wildcardResponse, type Negotiated } from './negotiation';
import { errorReply, reply, type Reply } from './reply';
import { handleRequest, type Request } from './requests';
import {
  asyncHeader,
  firstHeader,
  joinCompound,
  markSigned,
  responseHeader,
  splitCompound,
} from './response-header';
import type { ServedHost } from './served-host';
import type { Session } from './session';
import { sessionSetup } from './session-setup';
import { Transport } from './transport';

export class SmbServerConnection {
  readonly sessions = new Map<bigint, Session>();
  negotiated: Negotiated | undefined;
  preauthHash: Buffer = Buffer.alloc(64);
  private readonly transport: Transport;
  private credits = 1;
  private requests = 0;
  private nextAsyncId = 1;

  constructor(
    readonly id: number,
    readonly host: ServedHost,
    socket: Socket,
    private readonly closed: (connection: SmbServerConnection) => void,
  ) {
    host.ledger.record({
      event: 'connectionOpened',
      connection: id,
      from: `${socket.remoteAddress}:${socket.remotePort}`,
    });
    this.transport = new Transport(socket, host.faults, {
      frame: (frame) => this.frame(frame),
      closed: () => this.finish(),
    });
  }

  /** Drops the connection as a power cut or a broken line does. */
  destroy(): void {
    this.transport.destroy();
  }

  private finish(): void {
    for (const session of this.sessions.values()) this.endSession(session, 'disconnected');
    const { bytesReceived, bytesSent } = this.transport;
    const { id: connection, requests } = this;
    this.host.ledger.record({ event: 'connectionClosed', connection, bytesReceived, bytesSent, requests });
    this.closed(this);
  }

  endSession(session: Session, how: 'logoff' | 'disconnected'): void {
    session.closeAll();
    this.sessions.delete(session.id);
    if (session.logon === undefined) return;
    this.host.ledger.record({
      event: 'sessionClosed',
      connection: this.id,
      session: session.id.toString(16),
      how,
    });
  }

  private refuse(reason: string): void {
    this.host.ledger.record({ event: 'requestRefused', connection: this.id, reason });
    this.transport.destroy();
  }

  private frame(frame: Buffer): void {
    try {
      this.unwrap(frame);
    } catch (error) {
      if (!(error instanceof RemoteError) && !(error instanceof RangeError)) throw error;
      this.refuse(`malformed: ${error.message}`);
    }
  }

  private unwrap(frame: Buffer): void {
    const protocolId = frame.length >= 4 ? frame.readUInt32LE(0) : 0;
    if (this.host.faults.current.reachability === 'hostile')
      return this.transport.send(hostileBytes(frame.length));
    if (protocolId === protocolIds.smb1 && this.negotiated === undefined) return this.answerSmb1(frame);
    if (protocolId === protocolIds.smb2) return this.compound(frame, undefined);
    if (protocolId !== protocolIds.transform) return this.refuse('not SMB 2');
    const session = this.sessions.get(TransformHeader.decode(frame).sessionId);
    const plain = session?.protection?.open(frame);
    if (plain === undefined) return this.refuse('an encrypted frame that does not open');
    this.compound(plain, session);
  }

  /** An SMB 1 NEGOTIATE that knows SMB 2 is answered in SMB 2; any other is dropped. */
  private answerSmb1(frame: Buffer): void {
    if (!frame.includes('SMB 2.???', 0, 'latin1')) return this.refuse('SMB 1 only');
    const header = responseHeader(firstHeader, { status: NtStatus.success, credits: 1 });
    this.transport.send(encodeMessage(header, NegotiateResponse, wildcardResponse(this.host)));
  }

  private compound(bytes: Buffer, encryptedFor: Session | undefined): void {
    const batch: Buffer[] = [];
    let chain: Chain | undefined;
    for (const { header, message, isLast } of splitCompound(bytes)) {
      if (header.command === commands.cancel) continue;
      if (!this.charge(header)) return this.refuse('a request beyond its credits');
      const isRelated = (header.flags & headerFlags.related) !== 0 && chain !== undefined;
      const ids = isRelated ? (chain as Chain) : { sessionId: header.sessionId, treeId: header.treeId };
      const request: Request = {
        header: { ...header, sessionId: ids.sessionId, treeId: ids.treeId },
        message,
        relatedFileId: isRelated ? chain?.fileId : undefined,
        isLast,
      };
      const before = this.sessions.get(ids.sessionId);
      const isBroken = isRelated && chain?.fileId === undefined && isFailure(chain?.status ?? 0);
      const answer = isBroken
        ? errorReply(chain?.status ?? 0)
        : this.answer(request, before, encryptedFor !== undefined);
      const sessionId = answer.sessionId ?? ids.sessionId;
      const signer = signerOf(header.command, answer, before, this.sessions.get(sessionId));
      chain = {
        sessionId,
        treeId: answer.treeId ?? ids.treeId,
        fileId: answer.fileId ?? request.relatedFileId,
        status: answer.status,
        signer,
      };
      if (answer.later === undefined) {
        batch.push(this.encode(request.header, answer, message));
        continue;
      }
      this.send(batch.splice(0), signer, encryptedFor);
      answer.later(this.interim(request.header, signer, encryptedFor));
    }
    this.send(batch, chain?.signer, encryptedFor);
  }

  private charge(header: Header): boolean {
    this.requests += 1;
    const charge = Math.max(1, header.creditCharge);
    if (header.command === commands.negotiate) this.credits = Math.max(this.credits, 1);
    this.credits -= charge;
    return this.credits >= 0;
  }

  private grant(asked: number): number {
    const granted = Math.max(this.credits === 0 ? 1 : 0, Math.min(asked, creditsMax - this.credits));
    this.credits += granted;
    return granted;
  }

  private answer(request: Request, session: Session | undefined, wasEncrypted: boolean): Reply {
    const { header, message } = request;
    try {
      if (header.command === commands.negotiate) return this.answerNegotiate(message);
      if (this.negotiated === undefined)
        throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'no NEGOTIATE yet');
      if (header.command === commands.sessionSetup) return sessionSetup(this, this.negotiated, request);
      if (session?.logon === undefined)
        throw new HostRefusal('ntstatus', NtStatus.userSessionDeleted, 'no such session');
      if (!session.accepts(message, header.flags, wasEncrypted)) {
        this.host.ledger.record({
          event: 'requestRefused',
          connection: this.id,
          reason: 'not signed, or wrongly',
        });
        throw new HostRefusal('ntstatus', NtStatus.accessDenied, 'not signed, or wrongly');
      }
      return handleRequest(this, session, request);
    } catch (error) {
      if (error instanceof HostRefusal) return errorReply(error.code);
      if (error instanceof RemoteError || error instanceof RangeError)
        return errorReply(NtStatus.invalidParameter);
      throw error;
    }
  }

  private answerNegotiate(message: Buffer): Reply {
    if (this.negotiated !== undefined)
      throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'a second NEGOTIATE');
    const { negotiated, response } = negotiate(decodeBody(message, NegotiateRequest), this.host);
    this.negotiated = negotiated;
    return reply(NegotiateResponse, response);
  }

  private encode(header: Header, answer: Reply, request: Buffer): Buffer {
    const { status, sessionId, treeId } = answer;
    const flags = header.flags & headerFlags.related;
    const response = responseHeader(header, {
      status,
      credits: this.grant(header.credits),
      flags,
      sessionId,
      treeId,
    });
    const encoded = encodeMessage(response, answer.codec, answer.value);
    this.noteTranscript(header.command, answer, request, encoded);
    return encoded;
  }

  /** The pre-authentication hash runs over NEGOTIATE and each SESSION_SETUP but the final answer, [MS-SMB2] 3.3.5.5. */
  private noteTranscript(command: number, answer: Reply, request: Buffer, response: Buffer): void {
    if (command === commands.negotiate)
      this.preauthHash = extendHash(extendHash(this.preauthHash, request), response);
    if (command !== commands.sessionSetup || answer.status !== NtStatus.moreProcessingRequired) return;
    const session = this.sessions.get(answer.sessionId ?? 0n);
    if (session !== undefined) session.preauthHash = extendHash(session.preauthHash, response);
  }

  private send(batch: Buffer[], signer: Session | undefined, encryptedFor: Session | undefined): void {
    if (batch.length === 0) return;
    const answers = joinCompound(batch);
    if (signer?.protection !== undefined && encryptedFor === undefined) {
      for (const answer of answers) {
        markSigned(answer);
        signer.protection.sign(answer);
      }
    }
    const message = answers.length === 1 ? (answers[0] as Buffer) : Buffer.concat(answers);
    if (this.host.faults.current.garbledReplies && signer !== undefined)
      this.transport.send(hostileBytes(message.length));
    else if (encryptedFor?.protection !== undefined)
      this.transport.send(encryptedFor.protection.seal(message, encryptedFor.id));
    else this.transport.send(message);
  }

  /** Sends STATUS_PENDING at once, unsigned unless encrypted; the returned function sends the final answer. */
  private interim(
    header: Header,
    signer: Session | undefined,
    encryptedFor: Session | undefined,
  ): (answer: Reply) => void {
    const asyncId = this.nextAsyncId++;
    const { codec, value } = errorReply(NtStatus.pending);
    const pending = asyncHeader(header, asyncId, {
      status: NtStatus.pending,
      credits: this.grant(header.credits),
    });
    this.send([encodeMessage(pending, codec, value)], undefined, encryptedFor);
    return (answer) => {
      const final = asyncHeader(header, asyncId, { status: answer.status, credits: 0 });
      this.send([encodeMessage(final, answer.codec, answer.value)], signer, encryptedFor);
    };
  }
}

/** What a related request takes over from the one before it. */
interface Chain {
  sessionId: bigint;
  treeId: number;
  fileId: Buffer | undefined;
  status: number;
  signer: Session | undefined;
}

/** The session whose key signs an answer: the one that the request was for, and of SESSION_SETUP only the final success. */
function signerOf(
  command: number,
  answer: Reply,
  before: Session | undefined,
  after: Session | undefined,
): Session | undefined {
  if (command !== commands.sessionSetup) return before?.logon === undefined ? undefined : before;
  return answer.status === NtStatus.success ? after : undefined;
}

const extendHash = (hash: Buffer, message: Buffer): Buffer =>
  createHash('sha512').update(hash).update(message).digest();

/** Warnings (0x8...) are answers with content; only errors break a compound. */
const isFailure = (status: number): boolean => status >>> 30 === 3;

const creditsMax = 512;
