/**
 * The C: drive of a simulated computer, in memory with a limit, and mirrored into a real folder when its state is kept.
 * Names are compared without case; sharing modes and deletion on last close behave as NTFS, because the journal of a
 * running attempt is held open by the runner while others read it.
 */
import { HostRefusal, NtStatus } from '../refusal';
import { DiskHandle, type CreateAction } from './disk-handle';
import type { DiskMirror } from './disk-mirror';
import { DiskNode } from './disk-node';
import type { Ledger } from './ledger';

export interface DiskOpen {
  /** [MS-SMB2] 2.2.13 DesiredAccess; read-only by default. */
  access?: number;
  /** FILE_SHARE_READ 1, WRITE 2, DELETE 4; all by default. */
  share?: number;
  disposition?: 'supersede' | 'open' | 'create' | 'openIf' | 'overwrite' | 'overwriteIf';
  /** Says what the path must be; either when absent. */
  kind?: 'file' | 'directory';
}

export class VirtualDisk {
  readonly root: DiskNode;
  private usedBytes = 0;

  constructor(
    readonly now: () => Date,
    private readonly ledger: Ledger,
    /** Free space is this less what files hold; tests lower it to fill the disk. */
    public limitBytes: number = diskDefaultBytes,
    private readonly mirror?: DiskMirror,
  ) {
    this.root = new DiskNode('', true, undefined, now());
    for (const path of standardFolders) this.ensureFolder(path);
    mirror?.load((path, data) => this.restore(path, data));
  }

  open(path: string, options: DiskOpen = {}): DiskHandle {
    const parts = split(path);
    const parent = this.folderOf(parts);
    const name = parts.at(-1) ?? '';
    const node = name === '' ? this.root : parent.children.get(name.toLowerCase());
    const disposition = options.disposition ?? 'open';
    const access = options.access ?? accessRead;
    if (node === undefined) {
      if (disposition === 'open' || disposition === 'overwrite')
        throw refusal(NtStatus.objectNameNotFound, path);
      return new DiskHandle(
        this,
        this.make(parent, name, options.kind === 'directory'),
        access,
        options.share ?? shareAll,
        'created',
      );
    }
    return this.openExisting(node, path, disposition, access, options);
  }

  private openExisting(
    node: DiskNode,
    path: string,
    disposition: string,
    access: number,
    options: DiskOpen,
  ): DiskHandle {
    if (node.deletePending) throw refusal(NtStatus.deletePending, path);
    if (disposition === 'create') throw refusal(NtStatus.objectNameCollision, path);
    if (options.kind === 'directory' && !node.isDirectory) throw refusal(NtStatus.notADirectory, path);
    if (options.kind === 'file' && node.isDirectory) throw refusal(NtStatus.fileIsADirectory, path);
    const replaces =
      disposition === 'overwrite' || disposition === 'overwriteIf' || disposition === 'supersede';
    const share = options.share ?? shareAll;
    this.checkSharing(node, replaces ? access | accessWriteData : access, share, path);
    const action: CreateAction = !replaces
      ? 'opened'
      : disposition === 'supersede'
        ? 'superseded'
        : 'overwritten';
    const handle = new DiskHandle(this, node, access, share, action);
    if (replaces) handle.setSize(0);
    return handle;
  }

  private checkSharing(node: DiskNode, access: number, share: number, path: string): void {
    for (const other of node.handles) {
      const refused = (wanted: number, allowed: number, mask: number, bit: number): boolean =>
        (wanted & mask) !== 0 && (allowed & bit) === 0;
      for (const [mask, bit] of sharedAccess) {
        if (refused(access, other.share, mask, bit) || refused(other.access, share, mask, bit)) {
          throw refusal(NtStatus.sharingViolation, path);
        }
      }
    }
  }

  stat(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.root;
    for (const part of split(path)) node = node?.children.get(part.toLowerCase());
    return node?.deletePending ? undefined : node;
  }

  /** The whole file, or undefined when there is none. */
  readFile(path: string): Buffer | undefined {
    const node = this.stat(path);
    return node === undefined || node.isDirectory ? undefined : Buffer.from(node.content);
  }

  writeFile(path: string, data: Buffer): void {
    const handle = this.open(path, { access: accessReadWrite, disposition: 'overwriteIf', kind: 'file' });
    handle.write(0, data);
    handle.close();
  }

  /** Deletes a file or an empty folder; false when it was not there. */
  delete(path: string): boolean {
    if (this.stat(path) === undefined) return false;
    const handle = this.open(path, { access: accessDelete });
    handle.markForDeletion(true);
    handle.close();
    return true;
  }

  /** Paths of all files at and below a folder. */
  files(folder = ''): string[] {
    const found: string[] = [];
    const walk = (node: DiskNode): void => {
      if (!node.isDirectory) found.push(node.path);
      for (const child of node.children.values()) walk(child);
    };
    const start = this.stat(folder);
    if (start !== undefined) walk(start);
    return found;
  }

  ensureFolder(path: string): DiskNode {
    let node = this.root;
    for (const part of split(path)) {
      const child = node.children.get(part.toLowerCase()) ?? new DiskNode(part, true, node, this.now());
      node.children.set(part.toLowerCase(), child);
      node = child;
    }
    return node;
  }

  rename(node: DiskNode, to: string, replace: boolean): void {
    const parts = split(to);
    const name = parts.at(-1);
    if (name === undefined) throw refusal(NtStatus.objectNameInvalid, to);
    const parent = this.folderOf(parts);
    const occupant = parent.children.get(name.toLowerCase());
    if (occupant !== undefined && occupant !== node) {
      if (!replace) throw refusal(NtStatus.objectNameCollision, to);
      if (occupant.handles.size > 0 || occupant.isDirectory) throw refusal(NtStatus.accessDenied, to);
      this.remove(occupant);
    }
    const from = node.path;
    this.mirror?.remove(from, node.isDirectory);
    node.parent?.children.delete(node.name.toLowerCase());
    node.name = name;
    node.parent = parent;
    parent.children.set(name.toLowerCase(), node);
    this.saveWhole(node);
    this.ledger.record({ event: 'fileRenamed', path: from, to: node.path });
  }

  get freeBytes(): number {
    return Math.max(0, this.limitBytes - this.usedBytes);
  }

  claimSpace(bytes: number): void {
    if (bytes > this.freeBytes)
      throw new HostRefusal('ntstatus', NtStatus.diskFull, 'the virtual disk is full');
    this.usedBytes += bytes;
  }

  releaseSpace(bytes: number): void {
    this.usedBytes -= bytes;
  }

  saveWrite(node: DiskNode, offset: number, data: Buffer): void {
    this.mirror?.write(node.path, offset, data);
  }

  saveWhole(node: DiskNode): void {
    if (!node.isDirectory) this.mirror?.replace(node.path, node.content);
    for (const child of node.children.values()) this.saveWhole(child);
  }

  /** A handle of the node was closed: notes what it wrote and completes a deletion that was waiting for it. */
  closed(node: DiskNode, written: boolean): void {
    if (node.deletePending && node.handles.size === 0) this.remove(node);
    else if (written)
      this.ledger.record({ event: 'fileWritten', path: node.path, sizeBytes: node.sizeBytes });
  }

  private make(parent: DiskNode, name: string, isDirectory: boolean): DiskNode {
    if (!/^(?!\.{1,2}$)[^\\/:*?"<>|\0]{1,255}$/.test(name)) throw refusal(NtStatus.objectNameInvalid, name);
    const node = new DiskNode(name, isDirectory, parent, this.now());
    parent.children.set(name.toLowerCase(), node);
    if (isDirectory) this.mirror?.makeFolder(node.path);
    else this.mirror?.replace(node.path, node.content);
    this.ledger.record({ event: isDirectory ? 'directoryCreated' : 'fileCreated', path: node.path });
    return node;
  }

  private remove(node: DiskNode): void {
    const path = node.path;
    node.parent?.children.delete(node.name.toLowerCase());
    this.releaseSpace(node.sizeBytes);
    this.mirror?.remove(path, node.isDirectory);
    this.ledger.record({ event: node.isDirectory ? 'directoryDeleted' : 'fileDeleted', path });
  }

  private folderOf(parts: string[]): DiskNode {
    let node = this.root;
    for (const part of parts.slice(0, -1)) {
      const child = node.children.get(part.toLowerCase());
      if (child === undefined || !child.isDirectory)
        throw refusal(NtStatus.objectPathNotFound, parts.join('\\'));
      node = child;
    }
    return node;
  }

  private restore(path: string, data: Buffer | undefined): void {
    if (data === undefined) {
      this.ensureFolder(path);
      return;
    }
    const parts = split(path);
    const parent = this.ensureFolder(parts.slice(0, -1).join('\\'));
    const name = parts.at(-1) as string;
    const node = new DiskNode(name, false, parent, this.now());
    node.write(0, data);
    this.usedBytes += data.length;
    parent.children.set(name.toLowerCase(), node);
  }
}

export const diskDefaultBytes = 64 * 1024 * 1024;
export const accessRead = 0x1;
export const accessWriteData = 0x2;
export const accessReadWrite = 0x3;
export const accessDelete = 0x10000;
export const shareAll = 7;
export const shareRead = 1;

const standardFolders = ['Windows\\System32', 'Windows\\Temp', 'Program Files', 'Users\\Public'];

/** Which accesses need which sharing bit: read, write with append, delete, as [MS-FSA] 2.1.5.1.2.2 checks them. */
const sharedAccess = [
  [0x1 | 0x20, 1],
  [0x2 | 0x4, 2],
  [0x10000, 4],
] as const;

const split = (path: string): string[] => path.split('\\').filter((part) => part !== '' && part !== '.');

const refusal = (status: number, path: string): HostRefusal =>
  new HostRefusal('ntstatus', status, `C:\\${path}`);
