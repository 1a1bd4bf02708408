/** Named pipes over SMB 2: CREATE on IPC$, FSCTL_PIPE_TRANSCEIVE, READ and WRITE, [MS-SMB2] 3.3.5.15.10. */
import { ntstatus } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import {
  access,
  controlCodes,
  dispositions,
  impersonationLevels,
  ioctlFlagIsFsctl,
  relatedFileId,
  shareAccess,
} from './messages/file';
import type { RequestOf } from './messages/table';
import type { OpenedPipe, Pipe } from './pipe';
import type { SmbTree } from './smb-tree';

/** What one transceive or read asks for; an RPC fragment fits. */
const replyDefaultBytes = 0x1_0000;
/** The longest message that is put together from reads. */
const messageMaxBytes = 16 * 1024 * 1024;

/** @throws RemoteError refused/notFound when no such pipe exists: the service behind it does not run. */
export async function openPipe(tree: SmbTree, name: string, firstWrite?: Buffer): Promise<OpenedPipe> {
  const doing = `could not open the pipe ${name}`;
  const value = createRequest(name);
  if (firstWrite === undefined) {
    const { value: created } = await tree.request('create', value, doing);
    return { pipe: new SmbPipe(tree, name, created.fileId), reply: undefined };
  }
  const [created, transceived] = await tree.compound<['create', 'ioctl']>(
    { command: 'create', value },
    {
      command: 'ioctl',
      value: transceive(relatedFileId, firstWrite, replyDefaultBytes),
      payloadBytes: replyDefaultBytes,
    },
  );
  if (created.value === undefined) throw tree.error(created.status, doing);
  const pipe = new SmbPipe(tree, name, created.value.fileId);
  if (transceived.value === undefined) {
    // The first error is the one to report; that the pipe is closed as well is only tidiness.
    void Promise.allSettled([pipe.close()]);
    throw tree.error(transceived.status, doing);
  }
  return { pipe, reply: await pipe.completed(transceived.status, transceived.value.output) };
}

class SmbPipe implements Pipe {
  private isClosed = false;

  constructor(
    private readonly tree: SmbTree,
    private readonly name: string,
    private readonly fileId: Buffer,
  ) {}

  async transact(
    data: Buffer,
    { maxReplyBytes = replyDefaultBytes }: { maxReplyBytes?: number } = {},
  ): Promise<Buffer> {
    const limit = Math.min(maxReplyBytes, this.tree.limits.maxTransactBytes);
    const payloadBytes = Math.max(data.length, limit);
    const { status, value } = await this.tree.request(
      'ioctl',
      transceive(this.fileId, data, limit),
      this.doing,
      payloadBytes,
    );
    return this.completed(status, value.output);
  }

  async write(data: Buffer): Promise<void> {
    const value = {
      data,
      offset: 0n,
      fileId: this.fileId,
      channel: 0,
      remainingBytes: 0,
      channelInfo: Buffer.alloc(0),
      flags: 0,
    };
    const { value: written } = await this.tree.request('write', value, this.doing, data.length);
    if (written.writtenBytes !== data.length)
      throw new RemoteError('protocol', 'unexpectedReply', `${this.doing}: short write`, {
        host: this.tree.host,
      });
  }

  async read(maxBytes: number): Promise<Buffer> {
    return (await this.readPart(Math.min(maxBytes, this.tree.limits.maxReadBytes))).data;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.tree.request('close', { flags: 0, fileId: this.fileId }, this.doing);
  }

  /** Follows an answer that did not fit with reads until the message is whole. */
  async completed(status: number, first: Buffer): Promise<Buffer> {
    if (status !== ntstatus.bufferOverflow) return first;
    const parts = [first];
    let sizeBytes = first.length;
    for (let isMore = true; isMore;) {
      const part = await this.readPart(replyDefaultBytes);
      parts.push(part.data);
      sizeBytes += part.data.length;
      isMore = part.isMore;
      if (sizeBytes > messageMaxBytes || (isMore && part.data.length === 0)) {
        throw new RemoteError('protocol', 'limitExceeded', `${this.doing}: the message is too long`, {
          host: this.tree.host,
        });
      }
    }
    return Buffer.concat(parts, sizeBytes);
  }

  private async readPart(lengthBytes: number): Promise<{ data: Buffer; isMore: boolean }> {
    const value = {
      padding: 0x50,
      flags: 0,
      lengthBytes,
      offset: 0n,
      fileId: this.fileId,
      minimumCount: 0,
      channel: 0,
      remainingBytes: 0,
      channelInfo: Buffer.alloc(0),
    };
    const { status, value: read } = await this.tree.request('read', value, this.doing, lengthBytes);
    return { data: read.data, isMore: status === ntstatus.bufferOverflow };
  }

  private get doing(): string {
    return `could not talk to the pipe ${this.name}`;
  }
}

const createRequest = (name: string): RequestOf<'create'> => ({
  oplockLevel: 0,
  impersonationLevel: impersonationLevels.impersonation,
  desiredAccess:
    access.readData |
    access.writeData |
    access.appendData |
    access.readEa |
    access.writeEa |
    access.readAttributes |
    access.writeAttributes |
    access.readControl |
    access.synchronize,
  fileAttributes: 0,
  shareAccess: shareAccess.read | shareAccess.write,
  disposition: dispositions.open,
  createOptions: 0,
  name,
  contexts: [],
});

const transceive = (fileId: Buffer, input: Buffer, maxOutputResponseBytes: number): RequestOf<'ioctl'> => ({
  controlCode: controlCodes.pipeTransceive,
  fileId,
  input,
  maxInputResponseBytes: 0,
  output: Buffer.alloc(0),
  maxOutputResponseBytes,
  flags: ioctlFlagIsFsctl,
});
