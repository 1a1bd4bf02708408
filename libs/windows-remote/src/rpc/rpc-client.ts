/**
 * A client of one interface over one named pipe. The bind goes out with the opening of the pipe; with NTLM its third
 * leg (AUTH3, which nobody answers) travels in front of the first call. Calls are made one after the other: Windows
 * answers a second transaction on a pipe whose first is unread with PIPE_BUSY.
 */
import type { Mechanism } from '../auth/mechanism';
import type { OpenedPipe, Pipe } from '../smb/pipe';
import { RemoteError } from '../status/remote-error';
import { bindRejected, faultError } from './fault';
import type { NdrFields, NdrValues } from './ndr';
import { decodeFields, encodeFields } from './ndr';
import type { Pdu } from './pdu';
import {
  Auth3Body,
  authLevels,
  BindAckBody,
  BindBody,
  BindNakBody,
  callHeaderBytes,
  decodePdu,
  encodePdu,
  FaultBody,
  ndr32,
  pduBytes,
  pduFlags,
  pduTypes,
  RequestBody,
  ResponseBody,
} from './pdu';
import type { Procedure, RpcInterface } from './procedure';
import { sealedStubBytes, sealPdu, unsealPdu } from './sealed-pdu';

/** What Windows proposes; servers answer with 4,280 on pipes. */
const proposedFragmentBytes = 5_840;
/** [C706] 12.6.2: no implementation may ask for smaller ones. */
const fragmentBytesMin = 1_432;
/** The largest answer that is put together: a registry value of 1 MiB and its surroundings. */
const answerBytesMax = 4 * 1_048_576;
const authContextId = 0;

export interface RpcClientOptions {
  /** Opens the pipe and sends the first message with it. */
  openPipe: (pipeName: string, bind: Buffer) => Promise<OpenedPipe>;
  /** Packet privacy with this mechanism. Without one, calls are protected by SMB alone. */
  mechanism?: Mechanism | undefined;
  /** For messages of errors. */
  host?: string | undefined;
}

export class RpcClient {
  private callId = 1;
  private last: Promise<unknown> = Promise.resolve();
  private broken: RemoteError | undefined;

  private constructor(
    private readonly pipe: Pipe,
    private readonly fragmentBytes: number,
    private readonly options: RpcClientOptions,
    /** AUTH3, until the first call takes it along. */
    private pending: Buffer | undefined,
  ) {}

  /**
   * Opens the interface's pipe and binds, in one flight.
   * @throws RemoteError 'refused'/'notFound' when nobody listens on the pipe, 'protocol'/'unsupported' when the server
   *   does not know the interface.
   */
  static async open(target: RpcInterface, options: RpcClientOptions): Promise<RpcClient> {
    const { mechanism } = options;
    const token = mechanism?.step(undefined);
    const { pipe, reply } = await options.openPipe(target.pipeName, encodeBind(target, mechanism, token));
    if (reply === undefined) throw brokenAnswer('the bind was not answered', options.host);
    const answer = await completePdu(reply, pipe);
    const { fragmentBytes, proof } = readBindAnswer(decodePdu(answer.pdu), target, options);
    const third = mechanism && proof && mechanism.step(proof);
    return new RpcClient(pipe, fragmentBytes, options, third && encodeAuth3(mechanism, third));
  }

  /**
   * Calls one procedure. The procedure's own return value is part of the result; only faults throw.
   * @param doing for the error's message: `could not register the task`.
   */
  call<I extends NdrFields, O extends NdrFields>(
    procedure: Procedure<I, O>,
    input: NdrValues<I>,
    doing: string,
  ): Promise<NdrValues<O>> {
    const stub = encodeFields(procedure.input, input);
    const answer = this.last.then(() => this.exchange(procedure.opnum, stub, doing));
    // The next call waits for this one whatever becomes of it; the caller sees the failure through `answer`.
    this.last = Promise.allSettled([answer]);
    return answer.then((data) => decodeFields(procedure.output, data));
  }

  /** False after an error that leaves the two sides out of step; faults do not. */
  get isUsable(): boolean {
    return this.broken === undefined;
  }

  /** Closes the pipe; the server gives back every handle that was opened over it. */
  close(): Promise<void> {
    return this.pipe.close();
  }

  private async exchange(opnum: number, stub: Buffer, doing: string): Promise<Buffer> {
    if (this.broken !== undefined) throw this.broken;
    this.callId += 1;
    const callId = this.callId;
    const messages = this.encodeRequest(opnum, stub, callId);
    if (this.pending !== undefined) messages.unshift(this.pending);
    this.pending = undefined;
    try {
      const written = messages.slice(0, -1).map((message) => this.pipe.write(message));
      const first = this.pipe.transact(messages.at(-1) as Buffer);
      const [reply] = await Promise.all([first, ...written]);
      return await this.readAnswer(reply, callId, doing);
    } catch (error) {
      throw this.breakOn(error, doing);
    }
  }

  /** After anything but a fault the two sides may disagree about sequence numbers: the pipe is not used again. */
  private breakOn(error: unknown, doing: string): unknown {
    if (error instanceof RpcFault) return error.reason;
    const { host } = this.options;
    this.broken =
      error instanceof RemoteError
        ? new RemoteError(
            error.kind,
            error.reason,
            doing,
            { host, code: error.code, codeName: error.codeName },
            error,
          )
        : new RemoteError('protocol', 'unexpectedReply', doing, { host }, error);
    return this.broken;
  }

  private encodeRequest(opnum: number, stub: Buffer, callId: number): Buffer[] {
    const { mechanism } = this.options;
    const room =
      mechanism === undefined
        ? this.fragmentBytes - callHeaderBytes
        : sealedStubBytes(this.fragmentBytes, mechanism);
    const messages: Buffer[] = [];
    for (let start = 0; start === 0 || start < stub.length; start += room) {
      const isLast = start + room >= stub.length;
      const flags = (start === 0 ? pduFlags.first : 0) | (isLast ? pduFlags.last : 0);
      const part = stub.subarray(start, start + room);
      const body = RequestBody.encode({
        allocationHint: stub.length - start,
        contextId: 0,
        opnum,
        stub: part,
      });
      const pdu = { type: pduTypes.request, flags, callId, body };
      messages.push(mechanism === undefined ? encodePdu(pdu) : sealPdu(pdu, { mechanism, authContextId }));
    }
    return messages;
  }

  private async readAnswer(reply: Buffer, callId: number, doing: string): Promise<Buffer> {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    let waiting = reply;
    for (;;) {
      const { pdu: data, rest } = await completePdu(waiting, this.pipe);
      const pdu = this.openAnswer(data, callId, doing);
      const { stub } = ResponseBody.decode(pdu.body);
      parts.push(stub);
      sizeBytes += stub.length;
      if (sizeBytes > answerBytesMax)
        throw new RemoteError(
          'protocol',
          'limitExceeded',
          `an RPC answer of more than ${answerBytesMax} bytes`,
        );
      if ((pdu.flags & pduFlags.last) !== 0) return Buffer.concat(parts);
      waiting = rest;
    }
  }

  private openAnswer(data: Buffer, callId: number, doing: string): Pdu {
    const { mechanism, host } = this.options;
    const raw = decodePdu(data);
    if (raw.callId !== callId)
      throw brokenAnswer(`an answer to call ${raw.callId} instead of ${callId}`, host);
    if (raw.type === pduTypes.fault) throw this.readFault(raw, doing);
    if (raw.type !== pduTypes.response)
      throw brokenAnswer(`a PDU of type ${raw.type} instead of an answer`, host);
    return mechanism === undefined ? raw : unsealPdu(data, { mechanism, authContextId });
  }

  /** Faults come unprotected. One with a token has used up a sequence number, so nothing can follow it here. */
  private readFault(pdu: Pdu, doing: string): Error {
    const reason = faultError(FaultBody.decode(pdu.body).status, doing, { host: this.options.host });
    return pdu.auth === undefined ? new RpcFault(reason) : reason;
  }
}

/** A fault leaves the connection usable, other than every error that is thrown as it is. */
class RpcFault extends Error {
  constructor(readonly reason: RemoteError) {
    super('fault');
  }
}

const brokenAnswer = (what: string, host: string | undefined): RemoteError =>
  new RemoteError('protocol', 'unexpectedReply', what, { host });

function encodeBind(
  target: RpcInterface,
  mechanism: Mechanism | undefined,
  token: Buffer | undefined,
): Buffer {
  const body = BindBody.encode({
    maxTransmitBytes: proposedFragmentBytes,
    maxReceiveBytes: proposedFragmentBytes,
    associationGroup: 0,
    contexts: [
      {
        id: 0,
        abstractSyntax: { uuid: target.uuid, version: target.major + target.minor * 0x1_0000 },
        transferSyntaxes: [ndr32],
      },
    ],
  });
  const auth = mechanism && token && { ...trailerOf(mechanism), token };
  return encodePdu({ type: pduTypes.bind, callId: 1, body, auth });
}

const trailerOf = (mechanism: Mechanism): { authType: number; authLevel: number; authContextId: number } => ({
  authType: mechanism.rpcAuthType,
  authLevel: authLevels.privacy,
  authContextId,
});

/** rpc_auth_3, [MS-RPCE] 2.2.2.10, carries the call id of the bind. */
const encodeAuth3 = (mechanism: Mechanism, token: Buffer): Buffer =>
  encodePdu({
    type: pduTypes.auth3,
    callId: 1,
    body: Auth3Body.encode({}),
    auth: { ...trailerOf(mechanism), token },
  });

/** What the server settles for: its fragment size, and its token when there is authentication. */
function readBindAnswer(
  pdu: Pdu,
  target: RpcInterface,
  { mechanism, host }: RpcClientOptions,
): { fragmentBytes: number; proof: Buffer | undefined } {
  if (pdu.type === pduTypes.bindNak)
    throw bindRejected(BindNakBody.decode(pdu.body).reason, target.pipeName, { host });
  if (pdu.type === pduTypes.fault)
    throw faultError(FaultBody.decode(pdu.body).status, `could not bind to ${target.pipeName}`, { host });
  if (pdu.type !== pduTypes.bindAck)
    throw brokenAnswer(`a PDU of type ${pdu.type} instead of bind_ack`, host);
  const ack = BindAckBody.decode(pdu.body);
  const result = ack.results.list[0];
  if (result === undefined || result.result !== 0 || result.transferSyntax.uuid !== ndr32.uuid)
    throw new RemoteError('protocol', 'unsupported', `${target.pipeName} does not offer the interface`, {
      host,
      code: result?.reason,
    });
  if (mechanism !== undefined && pdu.auth === undefined)
    throw new RemoteError('protocol', 'downgrade', 'the bind was answered without authentication', { host });
  const granted = Math.min(ack.maxReceiveBytes, proposedFragmentBytes);
  if (granted < fragmentBytesMin) throw brokenAnswer(`a fragment size of ${granted}`, host);
  return { fragmentBytes: granted, proof: pdu.auth?.token };
}

/** Takes one PDU from the front of what has arrived, reading what is missing of it. */
async function completePdu(arrived: Buffer, pipe: Pipe): Promise<{ pdu: Buffer; rest: Buffer }> {
  let data = arrived;
  for (;;) {
    const sizeBytes = pduBytes(data);
    if (sizeBytes !== undefined && data.length >= sizeBytes)
      return { pdu: data.subarray(0, sizeBytes), rest: data.subarray(sizeBytes) };
    const more = await pipe.read(proposedFragmentBytes);
    if (more.length === 0) throw new RemoteError('protocol', 'malformed', 'a pipe message without content');
    data = Buffer.concat([data, more]);
  }
}
