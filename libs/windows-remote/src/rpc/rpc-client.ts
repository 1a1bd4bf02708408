/**
 * A client of one interface over one channel: a named pipe or a TCP connection. The bind goes out with the opening of a
 * pipe; AUTH3 travels in front of the first call. Calls are made one after the other: Windows answers a second
 * transaction on a pipe whose first is unread with PIPE_BUSY.
 */
import { RemoteError } from '../status/remote-error';
import type { BindOptions, Binding } from './bind';
import { brokenAnswer, openBound, securityOf } from './bind';
import type { OpenedChannel, RpcChannel } from './channel';
import { completePdu } from './channel';
import { faultError } from './fault';
import type { NdrFields, NdrValues } from './ndr';
import { decodeFields, encodeFields } from './ndr';
import type { Pdu } from './pdu';
import {
  callHeaderBytes,
  decodePdu,
  encodePdu,
  FaultBody,
  pduFlags,
  pduTypes,
  RequestBody,
  ResponseBody,
} from './pdu';
import type { Procedure, RpcInterface } from './procedure';
import { sealedStubBytes, sealPdu, unsealPdu } from './sealed-pdu';
import { withVerification } from './verification-trailer';

/** The largest answer that is put together: a registry value of 1 MiB and its surroundings. */
const answerBytesMax = 4 * 1_048_576;

/** Without a mechanism, calls are protected by SMB alone. */
export interface RpcClientOptions extends BindOptions {
  /** Opens the channel to a named pipe's interface and sends the first message with it. */
  openPipe: (pipeName: string, bind: Buffer) => Promise<OpenedChannel>;
}

export class RpcClient {
  private callId = 1;
  private last: Promise<unknown> = Promise.resolve();
  private broken: RemoteError | undefined;
  /** False until the first call has told the server which interface it is meant for. */
  private isTargetVerified = false;

  private constructor(
    private readonly target: RpcInterface,
    private readonly channel: RpcChannel,
    private readonly binding: Binding,
    private readonly options: RpcClientOptions,
  ) {}

  /**
   * Opens the interface's pipe and binds, in one flight, or two with a mechanism that waits for a verdict.
   * @throws RemoteError 'refused'/'notFound' when nobody listens on the pipe, 'protocol'/'unsupported' when the server
   *   does not know the interface.
   */
  static async open(target: RpcInterface, options: RpcClientOptions): Promise<RpcClient> {
    const open = (bind: Buffer): Promise<OpenedChannel> => options.openPipe(target.pipeName, bind);
    const { channel, binding } = await openBound(target, open, options);
    return new RpcClient(target, channel, binding, options);
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

  /** Whether calls are encrypted, whatever protects the channel below. */
  get isSealed(): boolean {
    return this.options.mechanism !== undefined && this.options.level !== 'integrity';
  }

  /** Closes the channel; the server gives back every handle that was opened over it. */
  close(): Promise<void> {
    return this.channel.close();
  }

  private async exchange(opnum: number, stub: Buffer, doing: string): Promise<Buffer> {
    if (this.broken !== undefined) throw this.broken;
    this.callId += 1;
    const callId = this.callId;
    const messages = this.encodeRequest(opnum, stub, callId);
    if (this.binding.pending !== undefined) messages.unshift(this.binding.pending);
    this.binding.pending = undefined;
    try {
      const written = messages.slice(0, -1).map((message) => this.channel.write(message));
      const first = this.channel.transact(messages.at(-1) as Buffer);
      const [reply] = await Promise.all([first, ...written]);
      return await this.readAnswer(reply, callId, doing);
    } catch (error) {
      if (isGivenUp(error)) this.channel.abandon?.(farewell(callId));
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

  private encodeRequest(opnum: number, plainStub: Buffer, callId: number): Buffer[] {
    const { mechanism, level } = this.options;
    const { fragmentBytes } = this.binding;
    const security = mechanism && securityOf(mechanism, level);
    const stub = security === undefined ? plainStub : this.verified(plainStub, opnum, callId);
    const room =
      mechanism === undefined ? fragmentBytes - callHeaderBytes : sealedStubBytes(fragmentBytes, mechanism);
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
      messages.push(security === undefined ? encodePdu(pdu) : sealPdu(pdu, security));
    }
    return messages;
  }

  private verified(stub: Buffer, opnum: number, callId: number): Buffer {
    const target = this.isTargetVerified ? undefined : this.target;
    this.isTargetVerified = true;
    return withVerification(stub, {
      target,
      header: this.binding.signsHeader ? undefined : { callId, opnum },
    });
  }

  private async readAnswer(reply: Buffer, callId: number, doing: string): Promise<Buffer> {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    let waiting = reply;
    for (;;) {
      const { pdu: data, rest } = await completePdu(waiting, this.channel);
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
    const { mechanism, level, host } = this.options;
    const raw = decodePdu(data);
    if (raw.callId !== callId)
      throw brokenAnswer(`an answer to call ${raw.callId} instead of ${callId}`, host);
    if (raw.type === pduTypes.fault) throw this.readFault(raw, doing);
    if (raw.type !== pduTypes.response)
      throw brokenAnswer(`a PDU of type ${raw.type} instead of an answer`, host);
    return mechanism === undefined ? raw : unsealPdu(data, securityOf(mechanism, level));
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

const isGivenUp = (error: unknown): boolean =>
  error instanceof RemoteError && (error.reason === 'deadline' || error.reason === 'aborted');

/** co_cancel asks the server to stop, orphaned says that nobody waits for the answer, [C706] 12.6.4.6 and 12.6.4.9. */
const farewell = (callId: number): Buffer =>
  Buffer.concat(
    [pduTypes.cancel, pduTypes.orphaned].map((type) => encodePdu({ type, callId, body: Buffer.alloc(0) })),
  );
