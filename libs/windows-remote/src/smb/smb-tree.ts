/** A connected share: requests and related compounds of requests, with statuses checked and bodies decoded. */
import { isErrorStatus, ntstatus, statusError } from '../status/ntstatus';
import { decodeBody } from './messages/header';
import type { RequestOf, ResponseOf, SpokenCommand } from './messages/table';
import { smbMessages } from './messages/table';
import type { Negotiated } from './negotiate';
import type { IncomingMessage, MessageContext, OutgoingMessage, SmbConnection } from './smb-connection';
import type { Codec } from '../wire/codec';

/** One request of a compound. `payloadBytes` is the larger of what it carries and what may come back. */
export interface Part<C extends SpokenCommand> {
  command: C;
  value: RequestOf<C>;
  payloadBytes?: number;
}

/** `value` is there unless `status` is an error. */
export interface Reply<C extends SpokenCommand> {
  status: number;
  value: ResponseOf<C> | undefined;
}

export class SmbTree {
  constructor(
    private readonly connection: SmbConnection,
    private readonly context: MessageContext,
    private readonly treeId: number,
    readonly share: string,
    readonly limits: Pick<Negotiated, 'maxReadBytes' | 'maxWriteBytes' | 'maxTransactBytes'>,
  ) {}

  get host(): string {
    return this.connection.host;
  }

  /** What one request can carry at the moment without having to wait for credits. */
  get affordableBytes(): number {
    return this.connection.affordableBytes;
  }

  /** One request. @param doing for the error: `could not open Windows\Drover`. @throws RemoteError for an error status. */
  async request<C extends SpokenCommand>(
    command: C,
    value: RequestOf<C>,
    doing: string,
    payloadBytes = 0,
  ): Promise<Reply<C> & { value: ResponseOf<C> }> {
    const [reply] = this.send([{ command, value, payloadBytes }]);
    const { status, value: response } = decodeReply(command, await reply!);
    if (response === undefined) throw this.error(status, doing);
    return { status, value: response };
  }

  /** Requests that leave as one related compound; statuses are the caller's to look at. */
  async compound<const T extends readonly SpokenCommand[]>(
    ...parts: { [I in keyof T]: Part<T[I]> }
  ): Promise<{ [I in keyof T]: Reply<T[I]> }> {
    const replies = await Promise.all(this.send(parts));
    return replies.map((reply, index) => decodeReply(parts[index]!.command, reply)) as {
      [I in keyof T]: Reply<T[I]>;
    };
  }

  error(status: number, doing: string): ReturnType<typeof statusError> {
    return statusError(status, `${doing} on ${this.host}`, this.connection.details);
  }

  private send(parts: readonly Part<SpokenCommand>[]): Promise<IncomingMessage>[] {
    const messages = parts.map(({ command, value, payloadBytes = 0 }): OutgoingMessage => ({
      command,
      codec: smbMessages[command].request as Codec<unknown>,
      value,
      treeId: this.treeId,
      payloadBytes,
      sentBytes: sentBytesOf(value),
    }));
    return this.connection.exchange(this.context, messages);
  }
}

/** Only WRITE, SET_INFO and IOCTL carry anything of size. */
function sentBytesOf(value: RequestOf<SpokenCommand>): number {
  if ('data' in value) return value.data.length;
  return 'input' in value ? value.input.length : 0;
}

function decodeReply<C extends SpokenCommand>(command: C, { header, message }: IncomingMessage): Reply<C> {
  const { status } = header;
  // "No more files" is a warning by its number and has an error's body.
  if (isErrorStatus(status) || status === ntstatus.noMoreFiles) return { status, value: undefined };
  return {
    status,
    value: decodeBody(message, smbMessages[command].response as Codec<unknown>) as ResponseOf<C>,
  };
}
