export interface RemoteFileStatus {
  sizeBytes: number;
  modifiedAt: Date;
  isDirectory: boolean;
}

export interface RemoteDirectoryEntry {
  name: string;
  sizeBytes: number;
  isDirectory: boolean;
}

/** Files of the computer's C$ share. Paths are relative to it, separated by backslashes: `Windows\Drover\runner.exe`. */
export interface RemoteFiles {
  /** Connects the share; the other methods do it by themselves when it has not been done. */
  connect(): Promise<void>;
  /**
   * Writes a whole file. Small ones cost one flight, large ones are pipelined within the server's credits.
   * @throws RemoteError 'refused'/'alreadyExists' with mode `create`, the default, when the file is there.
   */
  write(path: string, data: Buffer, options?: { mode?: 'create' | 'overwrite' }): Promise<void>;
  /** The whole file, at most 64 MiB, or a part of it: short at its end, empty behind it. */
  read(path: string, options?: { offset?: number; length?: number }): Promise<Buffer>;
  /**
   * Writes a file of any size from pieces of any size, of which only a few are in memory at once. A failure leaves what
   * has been written so far. @returns how many bytes that were. @throws as `write`.
   */
  upload(
    path: string,
    pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
    options?: { mode?: 'create' | 'overwrite' },
  ): Promise<number>;
  /** A file of any size in order, piece by piece, read a few pieces ahead. Leaving the loop early closes the file. */
  download(path: string): AsyncGenerator<Buffer, void, undefined>;
  /** `undefined` when there is no such file or directory. */
  stat(path: string): Promise<RemoteFileStatus | undefined>;
  rename(from: string, to: string, options?: { replace?: boolean }): Promise<void>;
  /** A file or an empty directory. False when it was not there. */
  delete(path: string): Promise<boolean>;
  makeDirectory(path: string): Promise<'created' | 'existed'>;
  /** @param descriptor self-relative security descriptor, [MS-DTYP] 2.4.6; its owner and DACL are set. */
  setSecurity(path: string, descriptor: Buffer): Promise<void>;
  /** Without `.` and `..`. @param pattern as in cmd's dir, default `*`. */
  list(directory: string, pattern?: string): Promise<RemoteDirectoryEntry[]>;
  freeSpaceBytes(): Promise<bigint>;
}
