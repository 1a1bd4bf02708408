import { HostRefusal, NtStatus } from '../refusal';
import type { DiskNode } from './disk-node';
import type { VirtualDisk } from './virtual-disk';

/** What CREATE did, [MS-SMB2] 2.2.14 CreateAction. */
export type CreateAction = 'superseded' | 'opened' | 'created' | 'overwritten';

/** An open of one file or folder. Access and sharing are the masks of [MS-SMB2] 2.2.13. */
export class DiskHandle {
  deleteOnClose = false;
  private written = false;
  private open = true;

  constructor(
    private readonly disk: VirtualDisk,
    readonly node: DiskNode,
    readonly access: number,
    readonly share: number,
    readonly action: CreateAction,
  ) {
    node.handles.add(this);
  }

  read(offset: number, length: number): Buffer {
    if (this.node.isDirectory)
      throw new HostRefusal('ntstatus', NtStatus.invalidDeviceRequest, 'a folder cannot be read as a file');
    return this.node.read(offset, length);
  }

  write(offset: number, data: Buffer): void {
    if (this.node.isDirectory)
      throw new HostRefusal(
        'ntstatus',
        NtStatus.invalidDeviceRequest,
        'a folder cannot be written as a file',
      );
    this.disk.claimSpace(Math.max(0, offset + data.length - this.node.sizeBytes));
    this.node.write(offset, data);
    this.touch();
    this.disk.saveWrite(this.node, offset, data);
  }

  append(data: Buffer): void {
    this.write(this.node.sizeBytes, data);
  }

  setSize(sizeBytes: number): void {
    this.disk.claimSpace(Math.max(0, sizeBytes - this.node.sizeBytes));
    this.disk.releaseSpace(Math.max(0, this.node.sizeBytes - sizeBytes));
    this.node.setSize(sizeBytes);
    this.touch();
    this.disk.saveWhole(this.node);
  }

  rename(to: string, replace: boolean): void {
    this.disk.rename(this.node, to, replace);
  }

  /** Marks the file for deletion when its last handle closes; a folder that holds something is refused at once. */
  markForDeletion(marked: boolean): void {
    if (marked && this.node.children.size > 0)
      throw new HostRefusal('ntstatus', NtStatus.directoryNotEmpty, 'the folder is not empty');
    this.node.deletePending = marked;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.node.handles.delete(this);
    if (this.deleteOnClose && this.node.children.size === 0) this.node.deletePending = true;
    this.disk.closed(this.node, this.written);
  }

  private touch(): void {
    this.written = true;
    this.node.modifiedAt = this.disk.now();
  }
}
