/** A value of the registry. `other` carries the bytes of types that have no form here (REG_NONE, REG_LINK, resource lists). */
export type RegistryValue =
  | { type: 'sz' | 'expandSz'; text: string }
  | { type: 'dword'; number: number }
  | { type: 'qword'; number: bigint }
  | { type: 'binary'; data: Buffer }
  | { type: 'multiSz'; texts: string[] }
  | { type: 'other'; typeCode: number; data: Buffer };

export interface NamedRegistryValue {
  name: string;
  value: RegistryValue;
}

/** An open key. Its calls on one host share one pipe and are answered in the order in which they were made. */
export interface RegistryKey {
  setValue(name: string, value: RegistryValue): Promise<void>;
  /** `undefined` when there is no such value; the empty name is the key's default value. */
  getValue(name: string): Promise<RegistryValue | undefined>;
  /** False when there was no such value. */
  deleteValue(name: string): Promise<boolean>;
  subkeys(): Promise<string[]>;
  values(): Promise<NamedRegistryValue[]>;
  /** Owner, group and DACL as a self-relative security descriptor, [MS-DTYP] 2.4.6. */
  security(): Promise<Buffer>;
  /** Sets the DACL of a self-relative security descriptor, and its owner and group where it has them. */
  setSecurity(descriptor: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** What 32-bit programs see below SOFTWARE is a branch of its own, WOW6432Node. */
export type RegistryView = '64' | '32';

export interface ViewOptions {
  /** Default `64`. */
  view?: RegistryView;
}

export interface CreateKeyOptions extends ViewOptions {
  /** The key does not survive a restart of the computer. */
  volatile?: boolean;
  /** Self-relative security descriptor, given only to a key that is created. */
  securityDescriptor?: Buffer;
}

/** The registry below HKEY_LOCAL_MACHINE, in the 64-bit view unless said. Paths are separated by backslashes. */
export interface RemoteRegistry {
  /**
   * Opens the pipe, authenticates and opens HKLM; callers at the same time share one opening.
   * @throws RemoteError 'refused'/'notFound' when the Remote Registry service does not run.
   */
  open(): Promise<void>;
  /** The disposition is a test-and-set on the computer: exactly one caller sees `created`. */
  createKey(
    path: string,
    options?: CreateKeyOptions,
  ): Promise<{ key: RegistryKey; disposition: 'created' | 'opened' }>;
  /** `undefined` when there is no such key. */
  openKey(path: string, options?: ViewOptions): Promise<RegistryKey | undefined>;
  /** Deletes one key, which must have no subkeys. False when there was no such key. */
  deleteKey(path: string, options?: ViewOptions): Promise<boolean>;
  /** Deletes a key and everything below it. False when there was no such key. */
  deleteTree(path: string, options?: ViewOptions): Promise<boolean>;
}
