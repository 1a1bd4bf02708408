import { EmptyBody, ErrorResponse, type Codec } from '@drover/windows-remote/protocol';
import { NtStatus } from '../refusal';

/** What a request handler answers with: a status, a body that knows how it is written, and what changes in the header. */
export interface Reply {
  status: number;
  codec: Codec<unknown>;
  value: unknown;
  treeId?: number;
  sessionId?: bigint;
  /** The open that a related request behind this one goes on with. */
  fileId?: Buffer;
  /** When set, an interim response goes out first, and this is told how to send the final one. */
  later?: (finish: (answer: Reply) => void) => void;
}

export const reply = <T>(codec: Codec<T>, value: T, more: Partial<Reply> = {}): Reply => ({
  status: NtStatus.success,
  codec: codec as Codec<unknown>,
  value,
  ...more,
});

export const emptyReply = (): Reply => reply(EmptyBody, {});

export const errorReply = (status: number): Reply =>
  reply(ErrorResponse, { errorContextCount: 0, errorData: Buffer.alloc(0) }, { status });
