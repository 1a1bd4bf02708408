import { headerFlags } from '@drover/windows-remote/protocol';
import type { DiskHandle } from '../computer/disk-handle';
import type { AcceptedLogon, LogonAcceptor } from './logon';
import type { OpenPipe } from './open-pipe';
import type { Protection } from './protection';

/** A share that a session is connected to. */
export interface Tree {
  id: number;
  share: string;
  kind: 'disk' | 'pipe';
  /** Path on the disk that the share shows, without trailing backslash. */
  root: string;
}

/** A file, folder or pipe that a session has open, found by its 16-byte FileId. */
export interface Open {
  fileId: Buffer;
  tree: Tree;
  file?: DiskHandle;
  pipe?: OpenPipe;
  /** Names still to be listed by QUERY_DIRECTORY; undefined before the first one. */
  listing?: { names: string[]; next: number } | undefined;
}

/** One SMB session, [MS-SMB2] 3.3.1.8: a logon, its keys, trees and opens. */
export class Session {
  readonly trees = new Map<number, Tree>();
  private readonly opens = new Map<string, Open>();
  protection: Protection | undefined;
  logon: AcceptedLogon | undefined;
  encrypts = false;
  private nextId = 1;

  constructor(
    readonly id: bigint,
    readonly acceptor: LogonAcceptor,
    public preauthHash: Buffer,
  ) {}

  get username(): string {
    return this.logon?.account.username ?? '';
  }

  connect(tree: Omit<Tree, 'id'>): Tree {
    const connected = { ...tree, id: this.nextId++ };
    this.trees.set(connected.id, connected);
    return connected;
  }

  add(open: Omit<Open, 'fileId'>): Open {
    const fileId = Buffer.alloc(16);
    fileId.writeBigUInt64LE(BigInt(this.nextId), 0);
    fileId.writeBigUInt64LE(BigInt(this.nextId), 8);
    this.nextId += 1;
    const added = { ...open, fileId };
    this.opens.set(fileId.toString('hex'), added);
    return added;
  }

  find(fileId: Buffer): Open | undefined {
    return this.opens.get(fileId.toString('hex'));
  }

  get openCount(): number {
    return this.opens.size;
  }

  close(open: Open): void {
    this.opens.delete(open.fileId.toString('hex'));
    open.file?.close();
    open.pipe?.close();
  }

  closeTree(tree: Tree): void {
    for (const open of [...this.opens.values()]) if (open.tree === tree) this.close(open);
    this.trees.delete(tree.id);
  }

  closeAll(): void {
    for (const open of [...this.opens.values()]) this.close(open);
    this.trees.clear();
  }

  /** A request that reached a session with keys has to be signed or encrypted; anything else is refused. */
  accepts(message: Buffer, flags: number, wasEncrypted: boolean): boolean {
    if (this.protection === undefined) return true;
    if (wasEncrypted) return true;
    if (this.encrypts) return false;
    return (flags & headerFlags.signed) !== 0 && this.protection.verify(message);
  }
}
