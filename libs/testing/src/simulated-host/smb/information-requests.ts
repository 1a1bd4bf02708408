/** QUERY_INFO and SET_INFO, [MS-SMB2] 3.3.5.20 and 3.3.5.21, with the structures of [MS-FSCC] 2.4 and 2.5. */
import {
  dateToFiletime,
  decodeBody,
  FileDispositionInformation,
  FileEndOfFileInformation,
  FileRenameInformation,
  QueryInfoRequest,
  QueryResponse,
  SetInfoRequest,
  SetInfoResponse,
} from '@drover/windows-remote/protocol';
import type { DiskHandle } from '../computer/disk-handle';
import type { DiskNode } from '../computer/disk-node';
import type { VirtualDisk } from '../computer/virtual-disk';
import { HostRefusal, NtStatus } from '../refusal';
import { allocation, attributesOf, nodeTimes, requireFile } from './file-requests';
import { reply, type Reply } from './reply';
import { openOf, type RequestContext } from './requests';

/** InfoType, [MS-SMB2] 2.2.37. */
const infoTypes = { file: 1, fileSystem: 2, security: 3 } as const;

export function queryInfo(context: RequestContext): Reply {
  const query = decodeBody(context.request.message, QueryInfoRequest);
  const open = openOf(context, query.fileId);
  if (open.pipe !== undefined)
    return queryReply(pipeInformation(query.informationClass), query.outputBufferBytes, open.fileId);
  const { node } = requireFile(open);
  const { disk } = context.connection.host;
  const data =
    query.infoType === infoTypes.file
      ? fileInformation(query.informationClass, node)
      : query.infoType === infoTypes.fileSystem
        ? volumeInformation(query.informationClass, disk)
        : (node.security ?? standardSecurity);
  if (query.infoType === infoTypes.security && data.length > query.outputBufferBytes) {
    throw new HostRefusal('ntstatus', NtStatus.bufferTooSmall, 'the descriptor is longer');
  }
  return queryReply(data, query.outputBufferBytes, open.fileId);
}

function queryReply(data: Buffer, roomBytes: number, fileId: Buffer): Reply {
  const fits = data.length <= roomBytes;
  const status = fits ? NtStatus.success : NtStatus.bufferOverflow;
  return reply(QueryResponse, { data: fits ? data : data.subarray(0, roomBytes) }, { status, fileId });
}

function fileInformation(informationClass: number, node: DiskNode): Buffer {
  switch (informationClass) {
    case 4:
      return basic(node);
    case 5:
      return standard(node);
    case 6:
      return u64Buffer(node.id);
    case 7:
      return Buffer.alloc(4);
    case 18: {
      const name = Buffer.from(`\\${node.path}`, 'utf16le');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(name.length);
      // Between the id and the name: EA size, access flags, position, mode and alignment, all zero here.
      return Buffer.concat([
        basic(node),
        standard(node),
        u64Buffer(node.id),
        Buffer.alloc(4 + 4 + 8 + 4 + 4),
        length,
        name,
      ]);
    }
    case 22: {
      if (node.isDirectory) return Buffer.alloc(0);
      const name = Buffer.from('::$DATA', 'utf16le');
      const stream = Buffer.concat([Buffer.alloc(24), name]);
      stream.writeUInt32LE(name.length, 4);
      stream.writeBigUInt64LE(BigInt(node.sizeBytes), 8);
      stream.writeBigUInt64LE(allocation(node.sizeBytes), 16);
      return stream;
    }
    case 34:
      return networkOpen(node);
    default:
      throw new HostRefusal('ntstatus', NtStatus.invalidInfoClass, `file class ${informationClass}`);
  }
}

function basic(node: DiskNode): Buffer {
  const { creationTime, lastAccessTime, lastWriteTime, changeTime } = nodeTimes(node);
  const bytes = Buffer.alloc(40);
  [creationTime, lastAccessTime, lastWriteTime, changeTime].forEach((time, index) =>
    bytes.writeBigUInt64LE(time, index * 8),
  );
  bytes.writeUInt32LE(attributesOf(node), 32);
  return bytes;
}

function standard(node: DiskNode): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigUInt64LE(allocation(node.sizeBytes), 0);
  bytes.writeBigUInt64LE(BigInt(node.sizeBytes), 8);
  bytes.writeUInt32LE(1, 16);
  bytes.writeUInt8(node.deletePending ? 1 : 0, 20);
  bytes.writeUInt8(node.isDirectory ? 1 : 0, 21);
  return bytes;
}

function networkOpen(node: DiskNode): Buffer {
  const bytes = Buffer.alloc(56);
  basic(node).copy(bytes, 0, 0, 32);
  bytes.writeBigUInt64LE(allocation(node.sizeBytes), 32);
  bytes.writeBigUInt64LE(BigInt(node.sizeBytes), 40);
  bytes.writeUInt32LE(attributesOf(node), 48);
  return bytes;
}

function pipeInformation(informationClass: number): Buffer {
  if (informationClass !== 5)
    throw new HostRefusal('ntstatus', NtStatus.invalidInfoClass, `pipe class ${informationClass}`);
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(1, 16);
  bytes.writeUInt8(1, 20);
  return bytes;
}

function volumeInformation(informationClass: number, disk: VirtualDisk): Buffer {
  const units = (bytes: number): bigint => BigInt(Math.floor(bytes / bytesPerUnit));
  const total = units(disk.limitBytes);
  const free = units(disk.freeBytes);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(sectorsPerUnit, 0);
  sizes.writeUInt32LE(bytesPerUnit / sectorsPerUnit, 4);
  switch (informationClass) {
    case 1: {
      const head = Buffer.alloc(18);
      head.writeBigUInt64LE(dateToFiletime(disk.root.createdAt), 0);
      head.writeUInt32LE(0x44524f56, 8);
      return head;
    }
    case 3:
      return Buffer.concat([u64Buffer(total), u64Buffer(free), sizes]);
    case 4:
      return Buffer.from('0700000020000000', 'hex');
    case 5: {
      const name = Buffer.from('NTFS', 'utf16le');
      const head = Buffer.alloc(12);
      head.writeUInt32LE(0x0f, 0);
      head.writeUInt32LE(255, 4);
      head.writeUInt32LE(name.length, 8);
      return Buffer.concat([head, name]);
    }
    case 7:
      return Buffer.concat([u64Buffer(total), u64Buffer(free), u64Buffer(free), sizes]);
    default:
      throw new HostRefusal('ntstatus', NtStatus.invalidInfoClass, `volume class ${informationClass}`);
  }
}

export function setInfo(context: RequestContext): Reply {
  const change = decodeBody(context.request.message, SetInfoRequest);
  const open = openOf(context, change.fileId);
  const file = requireFile(open);
  if (change.infoType === infoTypes.security) file.node.security = Buffer.from(change.data);
  else if (change.infoType === infoTypes.file)
    setFileInformation(file, change.informationClass, change.data, open.tree.root);
  else throw new HostRefusal('ntstatus', NtStatus.notSupported, `information type ${change.infoType}`);
  return reply(SetInfoResponse, {}, { fileId: open.fileId });
}

function setFileInformation(file: DiskHandle, informationClass: number, data: Buffer, root: string): void {
  switch (informationClass) {
    case 4: {
      const attributes = data.length >= 36 ? data.readUInt32LE(32) : 0;
      if (attributes !== 0) file.node.attributes = attributes;
      return;
    }
    case 10: {
      const { replaceIfExists, fileName } = FileRenameInformation.decode(data);
      file.rename(root === '' ? fileName : `${root}\\${fileName}`, replaceIfExists !== 0);
      return;
    }
    case 13:
      file.markForDeletion(FileDispositionInformation.decode(data).deletePending !== 0);
      return;
    case 19:
      return;
    case 20:
      file.setSize(Number(FileEndOfFileInformation.decode(data).endOfFile));
      return;
    default:
      throw new HostRefusal('ntstatus', NtStatus.invalidInfoClass, `file class ${informationClass}`);
  }
}

function u64Buffer(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

const sectorsPerUnit = 8;
const bytesPerUnit = 4096;

/** O:BAG:BAD:(A;;FA;;;BA)(A;;FA;;;SY) in self-relative form, [MS-DTYP] 2.4.6. */
const standardSecurity = Buffer.from(
  '01000480' +
    '14000000' +
    '24000000' +
    '00000000' +
    '34000000' +
    '01020000000000052000000020020000' +
    '01020000000000052000000020020000' +
    '0200340002000000' +
    '00001800ff011f0001020000000000052000000020020000' +
    '00001400ff011f00010100000000000512000000',
  'hex',
);
