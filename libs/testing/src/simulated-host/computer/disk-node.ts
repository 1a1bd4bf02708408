import type { DiskHandle } from './disk-handle';

/** One file or folder of a virtual disk. File content lives in a buffer that grows by doubling. */
export class DiskNode {
  readonly children = new Map<string, DiskNode>();
  readonly handles = new Set<DiskHandle>();
  attributes = 0;
  security: Buffer | undefined;
  deletePending = false;
  readonly id: bigint;
  private buffer = Buffer.alloc(0);
  private length = 0;

  constructor(
    public name: string,
    readonly isDirectory: boolean,
    public parent: DiskNode | undefined,
    readonly createdAt: Date,
    public modifiedAt: Date = createdAt,
  ) {
    this.id = BigInt(++nodesMade);
  }

  get sizeBytes(): number {
    return this.length;
  }

  /** Path from the root of the disk, with backslashes and no leading one; empty for the root itself. */
  get path(): string {
    if (this.parent === undefined) return '';
    const above = this.parent.path;
    return above === '' ? this.name : `${above}\\${this.name}`;
  }

  read(offset: number, length: number): Buffer {
    return Buffer.from(
      this.buffer.subarray(Math.min(offset, this.length), Math.min(offset + length, this.length)),
    );
  }

  write(offset: number, data: Buffer): void {
    this.reserve(offset + data.length);
    if (offset > this.length) this.buffer.fill(0, this.length, offset);
    data.copy(this.buffer, offset);
    this.length = Math.max(this.length, offset + data.length);
  }

  setSize(sizeBytes: number): void {
    this.reserve(sizeBytes);
    if (sizeBytes > this.length) this.buffer.fill(0, this.length, sizeBytes);
    this.length = sizeBytes;
  }

  /** The content as it is, for saving; not to be changed by the caller. */
  get content(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.buffer.length) return;
    const grown = Buffer.alloc(
      Math.max(sizeBytes, Math.min(this.buffer.length * 2, this.buffer.length + growthMaxBytes)),
    );
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

const growthMaxBytes = 1024 * 1024;
let nodesMade = 0;
