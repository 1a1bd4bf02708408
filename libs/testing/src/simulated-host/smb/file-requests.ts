/** CREATE, CLOSE, FLUSH, READ and WRITE on files and pipes, [MS-SMB2] 3.3.5.9 to 3.3.5.13. */
import {
  access,
  closeFlagPostQueryAttributes,
  CloseRequest,
  CloseResponse,
  createActions,
  createOptions,
  CreateRequest,
  CreateResponse,
  dateToFiletime,
  decodeBody,
  dispositions,
  fileAttributes,
  FlushRequest,
  ReadRequest,
  ReadResponse,
  WriteRequest,
  WriteResponse,
  type CreateResponse as CreateResponseValue,
} from '@drover/windows-remote/protocol';
import type { DiskNode } from '../computer/disk-node';
import type { DiskOpen } from '../computer/virtual-disk';
import { HostRefusal, NtStatus } from '../refusal';
import { transferMaxBytes } from './negotiation';
import { OpenPipe } from './open-pipe';
import { emptyReply, errorReply, reply, type Reply } from './reply';
import { openOf, type RequestContext } from './requests';
import type { Open } from './session';

export function createFile(context: RequestContext): Reply {
  const { session, tree, request, connection } = context;
  const create = decodeBody(request.message, CreateRequest);
  if (session.openCount >= opensMax)
    throw new HostRefusal('ntstatus', NtStatus.insufficientResources, 'too many opens');
  if (tree.kind === 'pipe') return createPipe(context, create.name);
  const options: DiskOpen = {
    access: effectiveAccess(create.desiredAccess),
    share: create.shareAccess,
    disposition: dispositionNames[create.disposition] ?? 'open',
  };
  if ((create.createOptions & createOptions.directory) !== 0) options.kind = 'directory';
  else if ((create.createOptions & createOptions.nonDirectory) !== 0) options.kind = 'file';
  const path = tree.root === '' ? create.name : `${tree.root}\\${create.name}`;
  const handle = connection.host.disk.open(path, options);
  handle.deleteOnClose = (create.createOptions & createOptions.deleteOnClose) !== 0;
  const open = session.add({ tree, file: handle });
  return reply(
    CreateResponse,
    { ...describe(open, createActions[handle.action]), ...nodeTimes(handle.node) },
    { fileId: open.fileId },
  );
}

function createPipe({ session, tree, connection }: RequestContext, name: string): Reply {
  const pipeName = name.replace(/^\\/, '').toLowerCase();
  const { host, id } = connection;
  const isAdministrator =
    session.logon?.account.isAdministrator === true && !host.faults.current.noAdministrativeRight;
  const endpoint = host.openPipe(pipeName, { connection: id, username: session.username, isAdministrator });
  if (endpoint === undefined) {
    host.ledger.record({
      event: 'pipeRefused',
      connection: id,
      pipe: pipeName,
      status: NtStatus.objectNameNotFound,
    });
    throw new HostRefusal('ntstatus', NtStatus.objectNameNotFound, pipeName);
  }
  host.ledger.record({ event: 'pipeOpened', connection: id, pipe: pipeName });
  const open = session.add({ tree, pipe: new OpenPipe(pipeName, endpoint) });
  const noTimes = { creationTime: 0n, lastAccessTime: 0n, lastWriteTime: 0n, changeTime: 0n };
  return reply(
    CreateResponse,
    { ...describe(open, createActions.opened), ...noTimes },
    { fileId: open.fileId },
  );
}

function describe(open: Open, createAction: number): Omit<CreateResponseValue, keyof NodeTimes> {
  const node = open.file?.node;
  return {
    oplockLevel: 0,
    flags: 0,
    createAction,
    allocationBytes: allocation(node?.sizeBytes ?? pipeAllocationBytes),
    endOfFile: BigInt(node?.sizeBytes ?? 0),
    fileAttributes: node === undefined ? fileAttributes.normal : attributesOf(node),
    fileId: open.fileId,
    contexts: [],
  };
}

export interface NodeTimes {
  creationTime: bigint;
  lastAccessTime: bigint;
  lastWriteTime: bigint;
  changeTime: bigint;
}

export function nodeTimes(node: DiskNode): NodeTimes {
  const modified = dateToFiletime(node.modifiedAt);
  return {
    creationTime: dateToFiletime(node.createdAt),
    lastAccessTime: modified,
    lastWriteTime: modified,
    changeTime: modified,
  };
}

export const attributesOf = (node: DiskNode): number =>
  (node.attributes | (node.isDirectory ? fileAttributes.directory : fileAttributes.archive)) &
  ~fileAttributes.normal;

export const allocation = (sizeBytes: number): bigint =>
  BigInt(Math.ceil(sizeBytes / clusterBytes) * clusterBytes);

export function closeFile(context: RequestContext): Reply {
  const { flags, fileId } = decodeBody(context.request.message, CloseRequest);
  const open = openOf(context, fileId);
  const node = open.file?.node;
  context.session.close(open);
  const wantsAttributes = (flags & closeFlagPostQueryAttributes) !== 0 && node !== undefined;
  return reply(
    CloseResponse,
    wantsAttributes
      ? {
          flags,
          ...nodeTimes(node),
          allocationBytes: allocation(node.sizeBytes),
          endOfFile: BigInt(node.sizeBytes),
          fileAttributes: attributesOf(node),
        }
      : {
          flags: 0,
          creationTime: 0n,
          lastAccessTime: 0n,
          lastWriteTime: 0n,
          changeTime: 0n,
          allocationBytes: 0n,
          endOfFile: 0n,
          fileAttributes: 0,
        },
  );
}

export function flushFile(context: RequestContext): Reply {
  openOf(context, decodeBody(context.request.message, FlushRequest).fileId);
  return emptyReply();
}

export function readFile(context: RequestContext): Reply {
  const { request, connection } = context;
  const read = decodeBody(request.message, ReadRequest);
  checkTransfer(context, read.lengthBytes);
  const open = openOf(context, read.fileId);
  if (open.pipe !== undefined) return readPipe(open.pipe, read.lengthBytes);
  const file = requireFile(open);
  if ((file.access & (access.readData | access.genericRead)) === 0)
    throw new HostRefusal('ntstatus', NtStatus.accessDenied, 'not open for reading');
  const data = file.read(Number(read.offset), read.lengthBytes);
  if (data.length === 0 || data.length < read.minimumCount)
    throw new HostRefusal('ntstatus', NtStatus.endOfFile, 'the end of the file');
  connection.host.ledger.record({
    event: 'fileRead',
    path: file.node.path,
    offset: Number(read.offset),
    sizeBytes: data.length,
  });
  return readReply(data, false, open.fileId);
}

function readPipe(pipe: OpenPipe, maxBytes: number): Reply {
  const found = pipe.read(maxBytes);
  if (found !== undefined) return readReply(found.data, found.more);
  const later = (finish: (answer: Reply) => void): void =>
    pipe.whenReadable(() => {
      const message = pipe.read(maxBytes);
      finish(
        message === undefined ? errorReply(NtStatus.pipeDisconnected) : readReply(message.data, message.more),
      );
    });
  return { ...errorReply(NtStatus.pending), later };
}

const readReply = (data: Buffer, more: boolean, fileId?: Buffer): Reply =>
  reply(
    ReadResponse,
    { data, dataRemaining: 0, flags: 0 },
    {
      status: more ? NtStatus.bufferOverflow : NtStatus.success,
      ...(fileId === undefined ? {} : { fileId }),
    },
  );

export function writeFile(context: RequestContext): Reply {
  const write = decodeBody(context.request.message, WriteRequest);
  checkTransfer(context, write.data.length);
  const open = openOf(context, write.fileId);
  if (open.pipe !== undefined) open.pipe.write(write.data);
  else {
    const file = requireFile(open);
    if ((file.access & (access.writeData | access.appendData)) === 0)
      throw new HostRefusal('ntstatus', NtStatus.accessDenied, 'not open for writing');
    file.write(Number(write.offset), write.data);
  }
  return reply(WriteResponse, { writtenBytes: write.data.length, remaining: 0 }, { fileId: open.fileId });
}

/** A transfer beyond 64 KiB has to be paid for with as many credits, [MS-SMB2] 3.3.5.2.5. */
export function checkTransfer({ request }: RequestContext, bytes: number): void {
  const charge = Math.max(1, request.header.creditCharge);
  if (bytes > transferMaxBytes || Math.ceil(bytes / creditBytes) > charge) {
    throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'a transfer beyond its credit charge');
  }
}

export function requireFile(open: Open): NonNullable<Open['file']> {
  if (open.file === undefined)
    throw new HostRefusal('ntstatus', NtStatus.invalidDeviceRequest, 'a pipe is not a file');
  return open.file;
}

/** Generic and maximum-allowed rights as the specific ones that sharing is checked with. */
function effectiveAccess(desired: number): number {
  let granted = desired;
  if ((desired & access.genericRead) !== 0) granted |= access.readData;
  if ((desired & genericWrite) !== 0) granted |= access.writeData | access.appendData;
  if ((desired & (genericAll | access.maximumAllowed)) !== 0)
    granted |= access.readData | access.writeData | access.delete;
  return granted >>> 0;
}

const genericWrite = 0x40000000;
const genericAll = 0x10000000;
const opensMax = 256;
const creditBytes = 65536;
const clusterBytes = 4096;
const pipeAllocationBytes = 4096;

const dispositionNames: Record<number, NonNullable<DiskOpen['disposition']>> = {
  [dispositions.supersede]: 'supersede',
  [dispositions.open]: 'open',
  [dispositions.create]: 'create',
  [dispositions.openIf]: 'openIf',
  [dispositions.overwrite]: 'overwrite',
  [dispositions.overwriteIf]: 'overwriteIf',
};
