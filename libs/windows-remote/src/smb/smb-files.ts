/** RemoteFiles over one share. Each small operation is one compound: open, do, close, in a single flight. */
import { ntstatus } from '../status/ntstatus';
import { RemoteError } from '../status/remote-error';
import { filetimeToDate } from '../wire/codec';
import { Reader } from '../wire/reader';
import {
  access,
  createOptions,
  dispositions,
  fileAttributes,
  impersonationLevels,
  relatedFileId,
  shareAccess,
} from './messages/file';
import {
  fileClasses,
  FileDispositionInformation,
  FileFsFullSizeInformation,
  FileIdBothDirectoryList,
  FileRenameInformation,
  fileSystemClasses,
  infoTypes,
  queryDirectoryFlags,
  securityInformation,
} from './messages/information';
import type { RequestOf, ResponseOf } from './messages/table';
import type { RemoteDirectoryEntry, RemoteFiles, RemoteFileStatus } from './remote-files';
import { readPieces, readRange, writePieces, writeWhole } from './file-transfer';
import type { Reply, SmbTree } from './smb-tree';

/** What a read without a length may bring into memory. */
const readMaxBytes = 64 * 1024 * 1024;
const listBufferBytes = 0x1_0000;
const listEntriesMax = 100_000;

export class SmbFiles implements RemoteFiles {
  /** @param tree connects the share when it is first needed and gives the same tree each time. */
  constructor(private readonly tree: () => Promise<SmbTree>) {}

  async connect(): Promise<void> {
    await this.tree();
  }

  async write(
    path: string,
    data: Buffer,
    { mode = 'create' }: { mode?: 'create' | 'overwrite' } = {},
  ): Promise<void> {
    await writeWhole(await this.tree(), writingRequest(path, mode), data, `could not write ${path}`);
  }

  async upload(
    path: string,
    pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
    { mode = 'create' }: { mode?: 'create' | 'overwrite' } = {},
  ): Promise<number> {
    return writePieces(await this.tree(), writingRequest(path, mode), pieces, `could not write ${path}`);
  }

  async *download(path: string): AsyncGenerator<Buffer, void, undefined> {
    yield* readPieces(await this.tree(), readingRequest(path), `could not read ${path}`);
  }

  async read(
    path: string,
    { offset = 0, length }: { offset?: number; length?: number } = {},
  ): Promise<Buffer> {
    return readRange(
      await this.tree(),
      readingRequest(path),
      { offset, length, maxBytes: readMaxBytes },
      `could not read ${path}`,
    );
  }

  async stat(path: string): Promise<RemoteFileStatus | undefined> {
    const tree = await this.tree();
    const open = openRequest(path, { desiredAccess: access.readAttributes });
    const [created] = await tree.compound<['create', 'close']>(
      { command: 'create', value: open },
      closeRelated,
    );
    if (isAbsent(created.status)) return undefined;
    const found = demand(created, () => tree.error(created.status, `could not look at ${path}`));
    return {
      sizeBytes: Number(found.endOfFile),
      modifiedAt: filetimeToDate(found.lastWriteTime),
      isDirectory: (found.fileAttributes & fileAttributes.directory) !== 0,
    };
  }

  async rename(from: string, to: string, { replace = false }: { replace?: boolean } = {}): Promise<void> {
    const data = FileRenameInformation.encode({ replaceIfExists: replace ? 1 : 0, fileName: to });
    const open = openRequest(from, {
      desiredAccess: access.delete | access.readAttributes | access.synchronize,
    });
    await this.setInfo(
      open,
      { infoType: infoTypes.file, informationClass: fileClasses.rename, data },
      `could not rename ${from}`,
    );
  }

  async delete(path: string): Promise<boolean> {
    const data = FileDispositionInformation.encode({ deletePending: 1 });
    const open = openRequest(path, { desiredAccess: access.delete, options: createOptions.openReparsePoint });
    const info = { infoType: infoTypes.file, informationClass: fileClasses.disposition, data };
    try {
      await this.setInfo(open, info, `could not delete ${path}`);
      return true;
    } catch (error) {
      if (error instanceof RemoteError && error.code !== undefined && isAbsent(error.code)) return false;
      throw error;
    }
  }

  async makeDirectory(path: string): Promise<'created' | 'existed'> {
    const tree = await this.tree();
    const open = openRequest(path, {
      desiredAccess: access.readAttributes,
      disposition: dispositions.create,
      options: createOptions.directory,
      attributes: fileAttributes.directory,
    });
    const [created] = await tree.compound<['create', 'close']>(
      { command: 'create', value: open },
      closeRelated,
    );
    if (created.status === ntstatus.objectNameCollision) return 'existed';
    demand(created, () => tree.error(created.status, `could not make the directory ${path}`));
    return 'created';
  }

  async setSecurity(path: string, descriptor: Buffer): Promise<void> {
    const wanted = describedParts(descriptor);
    const { owner, group, dacl } = securityInformation;
    const ownerAccess = (wanted & (owner | group)) === 0 ? 0 : access.writeOwner;
    const daclAccess = (wanted & dacl) === 0 ? 0 : access.writeDacl;
    const open = openRequest(path, { desiredAccess: ownerAccess | daclAccess | access.synchronize });
    const info = {
      infoType: infoTypes.security,
      informationClass: 0,
      data: descriptor,
      additionalInformation: wanted,
    };
    await this.setInfo(open, info, `could not set the security of ${path}`);
  }

  async list(directory: string, pattern = '*'): Promise<RemoteDirectoryEntry[]> {
    const tree = await this.tree();
    const doing = `could not list ${directory}`;
    const open = openRequest(directory, {
      desiredAccess: access.readData | access.readAttributes | access.synchronize,
      options: createOptions.directory,
    });
    const [created, first] = await tree.compound<['create', 'queryDirectory']>(
      { command: 'create', value: open },
      {
        command: 'queryDirectory',
        value: listRequest(relatedFileId, pattern, queryDirectoryFlags.restartScans),
        payloadBytes: listBufferBytes,
      },
    );
    const { fileId } = demand(created, () => tree.error(created.status, doing));
    const entries: RemoteDirectoryEntry[] = [];
    let reply: Reply<'queryDirectory'> = first;
    while (reply.value !== undefined && entries.length < listEntriesMax) {
      entries.push(...readEntries(reply.value.data));
      const value = listRequest(fileId, pattern, 0);
      [reply] = await tree.compound<['queryDirectory']>({
        command: 'queryDirectory',
        value,
        payloadBytes: listBufferBytes,
      });
    }
    await tree.request('close', { flags: 0, fileId }, doing);
    if (reply.status !== ntstatus.noMoreFiles && reply.status !== ntstatus.noSuchFile) {
      throw reply.value === undefined
        ? tree.error(reply.status, doing)
        : new RemoteError('protocol', 'limitExceeded', `${doing}: too many entries`, { host: tree.host });
    }
    return entries;
  }

  async freeSpaceBytes(): Promise<bigint> {
    const tree = await this.tree();
    const doing = `could not read the free space of ${tree.share}`;
    const open = openRequest('', {
      desiredAccess: access.readAttributes | access.readData,
      options: createOptions.directory,
    });
    const query = {
      infoType: infoTypes.fileSystem,
      informationClass: fileSystemClasses.fullSize,
      outputBufferBytes: 64,
      input: Buffer.alloc(0),
      additionalInformation: 0,
      flags: 0,
      fileId: relatedFileId,
    };
    const [created, queried] = await tree.compound<['create', 'queryInfo', 'close']>(
      { command: 'create', value: open },
      { command: 'queryInfo', value: query },
      closeRelated,
    );
    demand(created, () => tree.error(created.status, doing));
    const { data } = demand(queried, () => tree.error(queried.status, doing));
    const size = FileFsFullSizeInformation.decode(data);
    return (
      size.callerAvailableAllocationUnits *
      BigInt(size.sectorsPerAllocationUnit) *
      BigInt(size.bytesPerSector)
    );
  }

  private async setInfo(open: RequestOf<'create'>, info: SetInfo, doing: string): Promise<void> {
    const tree = await this.tree();
    const value = { additionalInformation: 0, fileId: relatedFileId, ...info };
    const [created, set] = await tree.compound<['create', 'setInfo', 'close']>(
      { command: 'create', value: open },
      { command: 'setInfo', value },
      closeRelated,
    );
    demand(created, () => tree.error(created.status, doing));
    demand(set, () => tree.error(set.status, doing));
  }
}

type SetInfo = Pick<RequestOf<'setInfo'>, 'infoType' | 'informationClass' | 'data'> & {
  additionalInformation?: number;
};

const closeRelated = { command: 'close', value: { flags: 0, fileId: relatedFileId } } as const;

interface OpenOptions {
  desiredAccess: number;
  disposition?: number;
  options?: number;
  attributes?: number;
  share?: number;
}

const shareAll = shareAccess.read | shareAccess.write | shareAccess.delete;

function openRequest(
  path: string,
  {
    desiredAccess,
    disposition = dispositions.open,
    options = 0,
    attributes = 0,
    share = shareAll,
  }: OpenOptions,
): RequestOf<'create'> {
  return {
    oplockLevel: 0,
    impersonationLevel: impersonationLevels.impersonation,
    desiredAccess,
    fileAttributes: attributes,
    shareAccess: share,
    disposition,
    createOptions: options,
    name: path.replace(/^\\+/, ''),
    contexts: [],
  };
}

const readingRequest = (path: string): RequestOf<'create'> =>
  openRequest(path, {
    desiredAccess: access.readData | access.readAttributes | access.synchronize,
    options: createOptions.nonDirectory,
  });

const writingRequest = (path: string, mode: 'create' | 'overwrite'): RequestOf<'create'> =>
  openRequest(path, {
    desiredAccess: access.writeData | access.appendData | access.writeAttributes | access.synchronize,
    disposition: mode === 'create' ? dispositions.create : dispositions.overwriteIf,
    options: createOptions.nonDirectory,
    share: shareAccess.read,
  });

const isAbsent = (status: number): boolean =>
  status === ntstatus.objectNameNotFound ||
  status === ntstatus.objectPathNotFound ||
  status === ntstatus.noSuchFile;

function demand<C extends 'create' | 'setInfo' | 'queryInfo'>(
  reply: Reply<C>,
  error: () => RemoteError,
): ResponseOf<C> {
  if (reply.value === undefined) throw error();
  return reply.value;
}

const listRequest = (fileId: Buffer, pattern: string, flags: number): RequestOf<'queryDirectory'> => ({
  informationClass: fileClasses.idBothDirectory,
  flags,
  fileIndex: 0,
  fileId,
  pattern,
  outputBufferBytes: listBufferBytes,
});

const readEntries = (data: Buffer): RemoteDirectoryEntry[] =>
  FileIdBothDirectoryList.read(new Reader(data))
    .filter(({ fileName }) => fileName !== '.' && fileName !== '..')
    .map(({ fileName, endOfFile, fileAttributes: attributes }) => ({
      name: fileName,
      sizeBytes: Number(endOfFile),
      isDirectory: (attributes & fileAttributes.directory) !== 0,
    }));

/** SECURITY_DESCRIPTOR control bits, [MS-DTYP] 2.4.6. */
const control = { daclPresent: 0x4, daclProtected: 0x1000 } as const;

/** Which parts a self-relative descriptor holds, as SET_INFO wants them named. */
function describedParts(descriptor: Buffer): number {
  if (descriptor.length < 20) throw new RangeError('not a self-relative security descriptor');
  const bits = descriptor.readUInt16LE(2);
  const owner = descriptor.readUInt32LE(4) === 0 ? 0 : securityInformation.owner;
  const group = descriptor.readUInt32LE(8) === 0 ? 0 : securityInformation.group;
  const dacl = (bits & control.daclPresent) === 0 ? 0 : securityInformation.dacl;
  const isProtected = dacl !== 0 && (bits & control.daclProtected) !== 0;
  return (owner | group | dacl | (isProtected ? securityInformation.protectedDacl : 0)) >>> 0;
}
