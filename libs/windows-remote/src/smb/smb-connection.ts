/**
 * SMB 2 messages over one transport: message ids, credits, compounds and the matching of replies, [MS-SMB2] 3.2.4 and
 * 3.2.5. It knows no commands; `negotiate.ts`, `SmbSession` and `SmbTree` say what is sent.
 */
import type { RemoteErrorDetails } from '../status/remote-error';
import { RemoteError } from '../status/remote-error';
import { ntstatus } from '../status/ntstatus';
import type { Codec } from '../wire/codec';
import type { CommandName } from './messages/header';
import {
  commands,
  encodeMessage,
  Header,
  headerBytes,
  headerFlags,
  protocolIds,
  transformHeaderBytes,
} from './messages/header';
import type { SmbProtection } from './protection';
import { splitCompound } from './split-compound';
import type { TransportHandler, TransportOptions } from './transport';
import { Transport } from './transport';

/** Bytes that one credit pays for, [MS-SMB2] 3.1.5.2. */
export const creditBytes = 0x1_0000;
/** Credits kept in reserve; asked for as soon as the server grants any. */
const creditsWanted = 256;
/** Requests that wait for credits or for their reply; more is a caller's loop gone wild. */
const requestsMax = 4096;
/** How often a passed deadline is looked at again while the caller holds a flight back. */
const heldCheckMs = 1000;
/** Room in a frame beside the payload. */
const frameOverheadBytes = 0x1000;

export interface OutgoingMessage {
  command: CommandName;
  codec: Codec<unknown>;
  value: unknown;
  treeId: number;
  /** The larger of what is sent and what may come back; decides how many credits it costs. */
  payloadBytes: number;
  /** How much of that is sent: the buffer for the message is made large enough at once. */
  sentBytes?: number;
}

export interface IncomingMessage {
  header: Header;
  /** The message with its header; bodies are read with `decodeBody`. */
  message: Buffer;
}

/** What a session adds to each message. */
export interface MessageContext {
  sessionId: bigint;
  protection: SmbProtection | undefined;
  isEncrypting: boolean;
  /** Sees the exact bytes of a request, for the preauthentication hash. */
  onRequest?: (message: Buffer) => void;
}

interface Pending {
  context: MessageContext;
  expiresAt: number;
  resolve(reply: IncomingMessage): void;
  reject(error: RemoteError): void;
}

interface Batch {
  context: MessageContext;
  messages: readonly OutgoingMessage[];
  charges: readonly number[];
  credits: number;
  pending: readonly Pending[];
}

export class SmbConnection implements TransportHandler {
  readonly details: RemoteErrorDetails;
  private transport!: Transport;
  private credits = 1;
  private nextMessageId = 0n;
  private readonly waiting: Batch[] = [];
  private readonly pending = new Map<bigint, Pending>();
  private timer: NodeJS.Timeout | undefined;
  private failure: RemoteError | undefined;
  private sealedIn: SmbProtection | undefined;
  private statesCharges = true;

  private constructor(
    readonly host: string,
    private readonly deadlineMs: number,
  ) {
    this.details = { host };
  }

  static async connect(options: TransportOptions, deadlineMs: number): Promise<SmbConnection> {
    const connection = new SmbConnection(options.host, deadlineMs);
    connection.transport = await Transport.connect(options, connection);
    return connection;
  }

  get traffic(): Transport['traffic'] {
    return this.transport.traffic;
  }

  /** Raises the limit for received frames once the server has said how much it sends. */
  allowFrames(payloadBytes: number): void {
    this.transport.maxFrameBytes = payloadBytes + frameOverheadBytes;
  }

  /** SMB 2.0.2 knows no credit charges: the field is reserved, and every request costs one, [MS-SMB2] 3.2.4.1.5. */
  omitCharges(): void {
    this.statesCharges = false;
  }

  /** Encrypted frames are opened with this from here on. */
  openWith(protection: SmbProtection): void {
    this.sealedIn = protection;
  }

  /**
   * Sends one message, or several as one related compound, and gives a promise per message. Each rejects when the
   * connection ends or the deadline passes; an error status is a reply like any other.
   */
  exchange(context: MessageContext, messages: readonly OutgoingMessage[]): Promise<IncomingMessage>[] {
    const pending: Pending[] = [];
    const replies = messages.map(
      () =>
        new Promise<IncomingMessage>((resolve, reject) =>
          pending.push({ context, expiresAt: 0, resolve, reject }),
        ),
    );
    const charges = messages.map((message) => Math.max(1, Math.ceil(message.payloadBytes / creditBytes)));
    const credits = charges.reduce((sum, charge) => sum + charge, 0);
    if (this.failure !== undefined) {
      for (const { reject } of pending) reject(this.failure);
    } else if (this.pending.size + this.waiting.length >= requestsMax) {
      const error = new RemoteError('protocol', 'limitExceeded', 'too many requests at once', this.details);
      for (const { reject } of pending) reject(error);
    } else {
      this.waiting.push({ context, messages, charges, credits, pending });
      this.sendWaiting();
    }
    return replies;
  }

  /** How many bytes one request may carry at the moment without waiting for credits that may never come. */
  get affordableBytes(): number {
    return Math.max(1, Math.min(this.credits, creditsWanted) - 4) * creditBytes;
  }

  /** Sends what is queued and closes; everything unanswered is rejected. */
  close(): void {
    this.transport.end(new RemoteError('unreachable', 'aborted', 'the connection was closed', this.details));
  }

  fail(error: RemoteError): void {
    this.transport.destroy(error);
  }

  /** Time in which the caller held a flight back does not count against the server. */
  onReleased(heldMs: number): void {
    for (const pending of this.pending.values()) pending.expiresAt += heldMs;
  }

  onClosed(error: RemoteError): void {
    this.failure = error;
    clearTimeout(this.timer);
    const unanswered = [...this.pending.values(), ...this.waiting.flatMap((batch) => batch.pending)];
    this.pending.clear();
    this.waiting.length = 0;
    for (const { reject } of unanswered) reject(error);
  }

  onFrame(frame: Buffer): void {
    const protocolId = frame.readUInt32LE(0);
    if (protocolId === protocolIds.smb1) {
      throw new RemoteError(
        'protocol',
        'smb1Only',
        'the computer answers in SMB 1, which is not spoken here',
        this.details,
      );
    }
    if (protocolId === protocolIds.transform) {
      if (this.sealedIn === undefined || frame.length <= transformHeaderBytes) {
        throw new RemoteError(
          'protocol',
          'unexpectedReply',
          'an encrypted message without a session',
          this.details,
        );
      }
      this.takeMessages(this.sealedIn.decrypt(frame), true);
    } else if (protocolId === protocolIds.smb2) this.takeMessages(frame, false);
    else throw new RemoteError('protocol', 'notWindows', 'the reply is not an SMB 2 message', this.details);
  }

  private takeMessages(data: Buffer, wasSealed: boolean): void {
    for (const message of splitCompound(data)) this.takeMessage(message, wasSealed);
    this.sendWaiting();
  }

  private takeMessage(message: Buffer, wasSealed: boolean): void {
    const header = Header.decode(message);
    if ((header.flags & headerFlags.serverToRedir) === 0) {
      throw new RemoteError('protocol', 'unexpectedReply', 'the server sent a request', this.details);
    }
    // Oplock breaks have the id of no request; none is ever asked for, so they are ignored.
    if (header.messageId === 0xffff_ffff_ffff_ffffn) return;
    const pending = this.pending.get(header.messageId);
    if (pending === undefined)
      throw new RemoteError('protocol', 'unexpectedReply', 'a reply to no request', this.details);
    const isInterim = header.status === ntstatus.pending && (header.flags & headerFlags.async) !== 0;
    if (!isInterim) this.checkProtection(pending.context, message, wasSealed);
    this.credits += header.credits;
    if (isInterim) return;
    this.pending.delete(header.messageId);
    pending.resolve({ header, message });
  }

  /** Interim answers carry no data and come unsigned; anything else must be what the session promises. */
  private checkProtection(
    { protection, isEncrypting }: MessageContext,
    message: Buffer,
    wasSealed: boolean,
  ): void {
    if (protection === undefined || wasSealed) return;
    if (isEncrypting)
      throw new RemoteError('protocol', 'downgrade', 'a plain reply in an encrypted session', this.details);
    if (!protection.isSigned(message)) {
      throw new RemoteError(
        'protocol',
        'signature',
        'a reply is not signed with the session’s key',
        this.details,
      );
    }
  }

  private sendWaiting(): void {
    while (this.waiting.length > 0 && this.waiting[0]!.credits <= this.credits)
      this.sendBatch(this.waiting.shift()!);
    const head = this.waiting[0];
    if (head !== undefined && this.pending.size === 0 && this.failure === undefined) {
      const text = `${head.credits} credits wanted, ${this.credits} granted`;
      this.fail(new RemoteError('protocol', 'limitExceeded', text, this.details));
    }
  }

  private sendBatch(batch: Batch): void {
    const { context } = batch;
    this.credits -= batch.credits;
    const expiresAt = Date.now() + this.deadlineMs;
    const encoded = batch.messages.map((message, index) => {
      const messageId = this.nextMessageId;
      this.nextMessageId += BigInt(batch.charges[index]!);
      const pending = batch.pending[index]!;
      pending.expiresAt = expiresAt;
      this.pending.set(messageId, pending);
      const header = this.header(batch, index, messageId);
      return padded(
        encodeMessage(header, message.codec, message.value, message.sentBytes),
        index < batch.messages.length - 1,
      );
    });
    this.arm();
    if (!context.isEncrypting && context.protection !== undefined)
      encoded.forEach((message) => context.protection?.sign(message));
    encoded.forEach((message) => context.onRequest?.(message));
    if (!context.isEncrypting || context.protection === undefined) return this.transport.send(encoded);
    this.transport.send(
      context.protection.encrypt(encoded.length === 1 ? encoded[0]! : Buffer.concat(encoded)),
    );
  }

  private header(batch: Batch, index: number, messageId: bigint): Header {
    const message = batch.messages[index]!;
    const charge = batch.charges[index]!;
    return {
      creditCharge: this.statesCharges ? charge : 0,
      status: 0,
      command: commands[message.command],
      credits: charge + Math.max(0, Math.min(creditsWanted - this.credits, creditsWanted)),
      flags: index > 0 ? headerFlags.related : 0,
      nextCommand: 0,
      messageId,
      processId: 0,
      treeId: message.treeId,
      sessionId: batch.context.sessionId,
      signature: noSignature,
    };
  }

  /**
   * One timer for all: the oldest request is the first of the map and has the earliest deadline. It is left running when
   * the replies are in, and looks for what is the oldest then, which costs less than setting it for each flight.
   */
  private arm(): void {
    if (this.timer !== undefined) return;
    const [oldest] = this.pending.values();
    if (oldest === undefined) return;
    this.timer = setTimeout(() => this.checkDeadline(), Math.max(1, oldest.expiresAt - Date.now()));
  }

  private checkDeadline(): void {
    this.timer = undefined;
    const [oldest] = this.pending.values();
    if (this.transport.isHeld) {
      this.timer = setTimeout(() => this.checkDeadline(), heldCheckMs);
    } else if (oldest !== undefined && oldest.expiresAt <= Date.now()) {
      this.fail(
        new RemoteError(
          'unreachable',
          'deadline',
          `${this.host} did not answer within ${this.deadlineMs} ms`,
          this.details,
        ),
      );
    } else this.arm();
  }
}

const noSignature = Buffer.alloc(16);

/** All but the last message of a compound are padded to 8 and say where the next one begins, [MS-SMB2] 3.2.4.1.4. */
function padded(message: Buffer, hasNext: boolean): Buffer {
  if (!hasNext) return message;
  const sizeBytes = Math.ceil(message.length / 8) * 8;
  message.writeUInt32LE(sizeBytes, headerBytes - 44);
  return sizeBytes === message.length
    ? message
    : Buffer.concat([message, Buffer.alloc(sizeBytes - message.length)]);
}
