/** Whole files over SMB: one compound when the content fits one request, pipelined requests within the credits otherwise. */
import { ntstatus } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import { relatedFileId } from './messages/file';
import type { RequestOf } from './messages/table';
import type { SmbTree } from './smb-tree';

/** What is put into one compound; beyond it the pieces overlap on the wire. */
const compoundMaxBytes = 1024 * 1024;
/** What a read of unknown length asks for in its first flight. */
const firstReadBytes = 0x1_0000;
/** Requests of one file that are under way at once; the credits limit them further. */
const windowMax = 8;

const closeRelated = { command: 'close', value: { flags: 0, fileId: relatedFileId } } as const;

export async function writeWhole(
  tree: SmbTree,
  open: RequestOf<'create'>,
  data: Buffer,
  doing: string,
): Promise<void> {
  const fits = Math.min(compoundMaxBytes, tree.limits.maxWriteBytes, tree.affordableBytes);
  if (data.length > fits) return writePipelined(tree, open, data, doing);
  const value = writeRequest(relatedFileId, data, 0);
  const [created, written] = await tree.compound<['create', 'write', 'close']>(
    { command: 'create', value: open },
    { command: 'write', value, payloadBytes: data.length },
    closeRelated,
  );
  if (created.value === undefined) throw tree.error(created.status, doing);
  if (written.value === undefined) throw tree.error(written.status, doing);
  if (written.value.writtenBytes !== data.length) throw shortWrite(tree, doing);
}

async function writePipelined(
  tree: SmbTree,
  open: RequestOf<'create'>,
  data: Buffer,
  doing: string,
): Promise<void> {
  const { fileId } = (await tree.request('create', open, doing)).value;
  try {
    await inWindow(data.length, pieceBytes(tree, tree.limits.maxWriteBytes), async (start, size) => {
      const value = writeRequest(fileId, data.subarray(start, start + size), start);
      const { writtenBytes } = (await tree.request('write', value, doing, size)).value;
      if (writtenBytes !== size) throw shortWrite(tree, doing);
    });
  } catch (error) {
    // The first failure is the one to report; closing is only tidiness then.
    void Promise.allSettled([tree.request('close', { flags: 0, fileId }, doing)]);
    throw error;
  }
  await tree.request('close', { flags: 0, fileId }, doing);
}

/** Any number of pieces, of which at most `windowMax` are under way. @returns the bytes written. */
export async function writePieces(
  tree: SmbTree,
  open: RequestOf<'create'>,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  doing: string,
): Promise<number> {
  const { fileId } = (await tree.request('create', open, doing)).value;
  let offset = 0;
  const send = async (data: Buffer, at: number): Promise<void> => {
    const value = writeRequest(fileId, data, at);
    const { writtenBytes } = (await tree.request('write', value, doing, data.length)).value;
    if (writtenBytes !== data.length) throw shortWrite(tree, doing);
  };
  const underWay = new Set<Promise<void>>();
  try {
    for await (const whole of pieces) {
      for (let start = 0; start < whole.length;) {
        const data = whole.subarray(start, start + pieceBytes(tree, tree.limits.maxWriteBytes));
        const sending = send(data, offset).finally(() => underWay.delete(sending));
        underWay.add(sending);
        start += data.length;
        offset += data.length;
        if (underWay.size >= windowMax) await Promise.race(underWay);
      }
    }
    await Promise.all(underWay);
  } catch (error) {
    // The first failure is the one to report. It is reported when the file is closed, so that it can be deleted at once.
    await Promise.allSettled(underWay);
    await Promise.allSettled([tree.request('close', { flags: 0, fileId }, doing)]);
    throw error;
  }
  await tree.request('close', { flags: 0, fileId }, doing);
  return offset;
}

/** In order, up to where the file ended when it was opened, with at most `windowMax` reads under way. */
export async function* readPieces(
  tree: SmbTree,
  open: RequestOf<'create'>,
  doing: string,
): AsyncGenerator<Buffer, void, undefined> {
  const { fileId, endOfFile } = (await tree.request('create', open, doing)).value;
  const totalBytes = Number(endOfFile);
  let offset = 0;
  const read = (): { size: number; data: Promise<Buffer> } => {
    const size = Math.min(pieceBytes(tree, tree.limits.maxReadBytes), totalBytes - offset);
    const value = readRequest(fileId, size, offset);
    offset += size;
    const data = tree.request('read', value, doing, size).then((reply) => reply.value.data);
    return { size, data };
  };
  const ahead: ReturnType<typeof read>[] = [];
  try {
    for (;;) {
      while (ahead.length < windowMax && offset < totalBytes) ahead.push(read());
      const next = ahead.shift();
      if (next === undefined) return;
      const data = await next.data;
      yield data;
      // The file has become shorter since it was opened; what was read ahead lies behind its end.
      if (data.length < next.size) return;
    }
  } finally {
    const closing = tree.request('close', { flags: 0, fileId }, doing);
    void Promise.allSettled([...ahead.map(({ data }) => data), closing]);
  }
}

export interface Range {
  offset: number;
  /** undefined for everything up to the end. */
  length: number | undefined;
  /** The most that is read without a length. */
  maxBytes: number;
}

/** Short at the end of the file, empty behind it. @throws RemoteError protocol/limitExceeded when the rest is longer than `maxBytes`. */
export async function readRange(
  tree: SmbTree,
  open: RequestOf<'create'>,
  range: Range,
  doing: string,
): Promise<Buffer> {
  const fits = Math.min(compoundMaxBytes, tree.limits.maxReadBytes, tree.affordableBytes);
  const asked = Math.min(range.length ?? firstReadBytes, fits);
  const [created, read] = await tree.compound<['create', 'read', 'close']>(
    { command: 'create', value: open },
    { command: 'read', value: readRequest(relatedFileId, asked, range.offset), payloadBytes: asked },
    closeRelated,
  );
  if (created.value === undefined) throw tree.error(created.status, doing);
  if (read.status === ntstatus.endOfFile) return Buffer.alloc(0);
  if (read.value === undefined) throw tree.error(read.status, doing);
  const first = read.value.data;
  const available = Number(created.value.endOfFile) - range.offset;
  const wanted = Math.min(range.length ?? available, available);
  if (wanted <= first.length || first.length < asked) return first;
  if (wanted > range.maxBytes)
    throw new RemoteError('protocol', 'limitExceeded', `${doing}: longer than ${range.maxBytes} bytes`, {
      host: tree.host,
    });
  return readRemainder(tree, open, { first, offset: range.offset, wanted }, doing);
}

interface Remainder {
  first: Buffer;
  offset: number;
  wanted: number;
}

async function readRemainder(
  tree: SmbTree,
  open: RequestOf<'create'>,
  { first, offset, wanted }: Remainder,
  doing: string,
): Promise<Buffer> {
  const whole = Buffer.alloc(wanted);
  first.copy(whole);
  let endsAt = wanted;
  const { fileId } = (await tree.request('create', open, doing)).value;
  try {
    await inWindow(wanted - first.length, pieceBytes(tree, tree.limits.maxReadBytes), async (start, size) => {
      const at = first.length + start;
      const [{ status, value }] = await tree.compound<['read']>({
        command: 'read',
        value: readRequest(fileId, size, offset + at),
        payloadBytes: size,
      });
      if (value === undefined && status !== ntstatus.endOfFile) throw tree.error(status, doing);
      const got = value?.data.copy(whole, at) ?? 0;
      if (got < size) endsAt = Math.min(endsAt, at + got);
    });
  } finally {
    void Promise.allSettled([tree.request('close', { flags: 0, fileId }, doing)]);
  }
  return whole.subarray(0, endsAt);
}

const pieceBytes = (tree: SmbTree, limit: number): number =>
  Math.min(limit, compoundMaxBytes, tree.affordableBytes);

/** Runs pieces of a range with at most `windowMax` under way; stops at the first failure. */
async function inWindow(
  totalBytes: number,
  sizeBytes: number,
  piece: (start: number, size: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < totalBytes) {
      const start = next;
      next += sizeBytes;
      await piece(start, Math.min(sizeBytes, totalBytes - start));
    }
  };
  await Promise.all(Array.from({ length: windowMax }, worker));
}

const shortWrite = (tree: SmbTree, doing: string): RemoteError =>
  new RemoteError('protocol', 'unexpectedReply', `${doing}: short write`, { host: tree.host });

const writeRequest = (fileId: Buffer, data: Buffer, offset: number): RequestOf<'write'> => ({
  data,
  offset: BigInt(offset),
  fileId,
  channel: 0,
  remainingBytes: 0,
  channelInfo: Buffer.alloc(0),
  flags: 0,
});

/** Where the data of a response shall begin, counted from its header: right behind the fixed part. */
const dataPadding = 0x50;

const readRequest = (fileId: Buffer, lengthBytes: number, offset: number): RequestOf<'read'> => ({
  padding: dataPadding,
  flags: 0,
  lengthBytes,
  offset: BigInt(offset),
  fileId,
  minimumCount: 0,
  channel: 0,
  remainingBytes: 0,
  channelInfo: Buffer.alloc(0),
});
