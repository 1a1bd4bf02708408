/** QUERY_DIRECTORY, [MS-SMB2] 3.3.5.18, in the information classes that clients ask for. */
import {
  decodeBody,
  queryDirectoryFlags,
  QueryDirectoryRequest,
  QueryResponse,
} from '@drover/windows-remote/protocol';
import type { DiskNode } from '../computer/disk-node';
import { HostRefusal, NtStatus } from '../refusal';
import { allocation, attributesOf, checkTransfer, nodeTimes, requireFile } from './file-requests';
import { reply, type Reply } from './reply';
import { openOf, type RequestContext } from './requests';

export function queryDirectory(context: RequestContext): Reply {
  const query = decodeBody(context.request.message, QueryDirectoryRequest);
  checkTransfer(context, query.outputBufferBytes);
  const open = openOf(context, query.fileId);
  const { node } = requireFile(open);
  const layout = layouts[query.informationClass];
  if (layout === undefined)
    throw new HostRefusal('ntstatus', NtStatus.invalidInfoClass, `class ${query.informationClass}`);
  const restarts = (query.flags & (queryDirectoryFlags.restartScans | queryDirectoryFlags.reopen)) !== 0;
  if (open.listing === undefined || restarts)
    open.listing = { names: matching(node, query.pattern), next: 0 };
  const isFirst = open.listing.next === 0;
  const entries: Buffer[] = [];
  let sizeBytes = 0;
  while (open.listing.next < open.listing.names.length) {
    const name = open.listing.names[open.listing.next] as string;
    const entry = encodeEntry(layout, name, nodeNamed(node, name));
    const start = Math.ceil(sizeBytes / 8) * 8;
    if (start + entry.length > query.outputBufferBytes) break;
    const previous = entries.at(-1);
    previous?.writeUInt32LE(start - (sizeBytes - previous.length), 0);
    entries.push(Buffer.alloc(start - sizeBytes), entry);
    sizeBytes = start + entry.length;
    open.listing.next += 1;
    if ((query.flags & queryDirectoryFlags.returnSingleEntry) !== 0) break;
  }
  if (entries.length === 0) {
    const isDone = open.listing.next >= open.listing.names.length;
    throw new HostRefusal(
      'ntstatus',
      !isDone ? NtStatus.infoLengthMismatch : isFirst ? NtStatus.noSuchFile : NtStatus.noMoreFiles,
      'listing',
    );
  }
  return reply(QueryResponse, { data: Buffer.concat(entries) }, { fileId: open.fileId });
}

/** Size of an entry before its name, and where optional fields stand, [MS-FSCC] 2.4.10, 2.4.14, 2.4.8, 2.4.21, 2.4.22 and 2.4.33. */
interface EntryLayout {
  fixedBytes: number;
  nameLengthAt: number;
  fileIdAt?: number;
  namesOnly?: boolean;
}

const layouts: Record<number, EntryLayout> = {
  1: { fixedBytes: 64, nameLengthAt: 60 },
  2: { fixedBytes: 68, nameLengthAt: 60 },
  3: { fixedBytes: 94, nameLengthAt: 60 },
  12: { fixedBytes: 12, nameLengthAt: 8, namesOnly: true },
  37: { fixedBytes: 104, nameLengthAt: 60, fileIdAt: 96 },
  38: { fixedBytes: 80, nameLengthAt: 60, fileIdAt: 72 },
};

function encodeEntry(layout: EntryLayout, name: string, node: DiskNode): Buffer {
  const nameBytes = Buffer.from(name, 'utf16le');
  const entry = Buffer.alloc(layout.fixedBytes + nameBytes.length);
  nameBytes.copy(entry, layout.fixedBytes);
  entry.writeUInt32LE(nameBytes.length, layout.nameLengthAt);
  if (layout.fileIdAt !== undefined) entry.writeBigUInt64LE(node.id, layout.fileIdAt);
  if (layout.namesOnly === true) return entry;
  const times = nodeTimes(node);
  entry.writeBigUInt64LE(times.creationTime, 8);
  entry.writeBigUInt64LE(times.lastAccessTime, 16);
  entry.writeBigUInt64LE(times.lastWriteTime, 24);
  entry.writeBigUInt64LE(times.changeTime, 32);
  entry.writeBigUInt64LE(BigInt(node.sizeBytes), 40);
  entry.writeBigUInt64LE(allocation(node.sizeBytes), 48);
  entry.writeUInt32LE(attributesOf(node), 56);
  return entry;
}

const nodeNamed = (folder: DiskNode, name: string): DiskNode => {
  if (name === '.') return folder;
  if (name === '..') return folder.parent ?? folder;
  return folder.children.get(name.toLowerCase()) ?? folder;
};

function matching(folder: DiskNode, pattern: string): string[] {
  const wanted = pattern === '' ? '*' : pattern.replace(/[<]/g, '*').replace(/[>]/g, '?').replace(/"/g, '.');
  const expression = new RegExp(
    `^${wanted
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
    'i',
  );
  const names = [...folder.children.values()]
    .filter((child) => !child.deletePending)
    .map((child) => child.name);
  return ['.', '..', ...names.sort()].filter((name) => expression.test(name) || wanted === '*.*');
}
