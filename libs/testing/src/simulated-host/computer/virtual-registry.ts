/**
 * HKEY_LOCAL_MACHINE of a simulated computer. Keys and values keep their case and are found without it. Volatile keys
 * vanish with a restart. The 32-bit view of SOFTWARE is its WOW6432Node, as on 64-bit Windows.
 */
import { HostRefusal, Win32 } from '../refusal';
import type { Ledger } from './ledger';

export interface StoredValue {
  name: string;
  /** REG_* number, [MS-RRP] 2.2.9. */
  typeCode: number;
  data: Buffer;
}

export class RegistryNode {
  readonly children = new Map<string, RegistryNode>();
  readonly values = new Map<string, StoredValue>();
  security: Buffer | undefined;
  deleted = false;

  constructor(
    readonly name: string,
    readonly parent: RegistryNode | undefined,
    readonly volatile: boolean,
    public modifiedAt: Date,
  ) {}

  /** Path below HKLM with backslashes. */
  get path(): string {
    if (this.parent === undefined) return '';
    return this.parent.path === '' ? this.name : `${this.parent.path}\\${this.name}`;
  }
}

export class VirtualRegistry {
  readonly root: RegistryNode;
  private readonly listeners = new Set<(path: string) => void>();

  constructor(
    private readonly now: () => Date,
    private readonly ledger: Ledger,
    private readonly save: () => void = () => undefined,
  ) {
    this.root = new RegistryNode('', undefined, false, now());
  }

  /** The key at a path below a key, or undefined. */
  find(path: string, from: RegistryNode = this.root): RegistryNode | undefined {
    let node: RegistryNode | undefined = from;
    for (const part of split(path)) node = node?.children.get(part.toLowerCase());
    return node;
  }

  /** Creates every key of the path that is missing. The disposition tells whether the last one was there. */
  create(
    path: string,
    from: RegistryNode = this.root,
    volatile = false,
  ): { node: RegistryNode; disposition: 'created' | 'opened' } {
    if (from.deleted) throw new HostRefusal('win32', Win32.keyDeleted, from.path);
    let node = from;
    let disposition: 'created' | 'opened' = 'opened';
    for (const part of split(path)) {
      const child = node.children.get(part.toLowerCase());
      disposition = child === undefined ? 'created' : 'opened';
      node = child ?? this.make(node, part, volatile);
    }
    if (disposition === 'created') this.changed(node);
    return { node, disposition };
  }

  setValue(node: RegistryNode, name: string, typeCode: number, data: Buffer): void {
    if (node.deleted) throw new HostRefusal('win32', Win32.keyDeleted, node.path);
    if (data.length > valueMaxBytes)
      throw new HostRefusal('win32', Win32.invalidParameter, 'the value is too large');
    node.values.set(name.toLowerCase(), { name, typeCode, data: Buffer.from(data) });
    this.ledger.record({ event: 'valueSet', path: node.path, name, typeCode, sizeBytes: data.length });
    this.changed(node);
  }

  /** The value of a key given by path, or undefined when either is missing. */
  value(path: string, name: string): StoredValue | undefined {
    return this.find(path)?.values.get(name.toLowerCase());
  }

  deleteValue(node: RegistryNode, name: string): void {
    if (!node.values.delete(name.toLowerCase()))
      throw new HostRefusal('win32', Win32.fileNotFound, `${node.path}: ${name}`);
    this.ledger.record({ event: 'valueDeleted', path: node.path, name });
    this.changed(node);
  }

  /** Deletes one key; a key that has subkeys is refused with ACCESS_DENIED, as Windows does. */
  deleteKey(path: string, from: RegistryNode = this.root): void {
    const node = this.find(path, from);
    if (node === undefined || node.parent === undefined)
      throw new HostRefusal('win32', Win32.fileNotFound, path);
    if (node.children.size > 0) throw new HostRefusal('win32', Win32.accessDenied, `${path} has subkeys`);
    node.deleted = true;
    node.parent.children.delete(node.name.toLowerCase());
    this.ledger.record({ event: 'keyDeleted', path: node.path });
    this.changed(node.parent);
  }

  /** Calls back with the path of each key that changed, until the returned function is called. */
  watch(listener: (path: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A restart of the computer: volatile keys are gone. */
  dropVolatile(node: RegistryNode = this.root): void {
    for (const [key, child] of node.children) {
      if (child.volatile) node.children.delete(key);
      else this.dropVolatile(child);
    }
    if (node === this.root) this.save();
  }

  toJSON(): SavedKey {
    const saved = (node: RegistryNode): SavedKey => ({
      name: node.name,
      volatile: node.volatile,
      values: [...node.values.values()].map(({ name, typeCode, data }) => ({
        name,
        typeCode,
        data: data.toString('base64'),
      })),
      keys: [...node.children.values()].map(saved),
    });
    return saved(this.root);
  }

  load(saved: SavedKey, node: RegistryNode = this.root): void {
    for (const value of saved.values) {
      node.values.set(value.name.toLowerCase(), { ...value, data: Buffer.from(value.data, 'base64') });
    }
    for (const key of saved.keys) {
      const child = new RegistryNode(key.name, node, key.volatile, this.now());
      node.children.set(key.name.toLowerCase(), child);
      this.load(key, child);
    }
  }

  private make(parent: RegistryNode, name: string, volatile: boolean): RegistryNode {
    if (name.length > keyNameMaxCharacters)
      throw new HostRefusal('win32', Win32.invalidParameter, 'the key name is too long');
    if (parent.volatile && !volatile) throw new HostRefusal('win32', childMustBeVolatile, parent.path);
    const node = new RegistryNode(name, parent, volatile, this.now());
    parent.children.set(name.toLowerCase(), node);
    this.ledger.record({ event: 'keyCreated', path: node.path });
    return node;
  }

  private changed(node: RegistryNode): void {
    node.modifiedAt = this.now();
    this.save();
    for (const listener of [...this.listeners]) listener(node.path);
  }
}

export interface SavedKey {
  name: string;
  volatile: boolean;
  values: { name: string; typeCode: number; data: string }[];
  keys: SavedKey[];
}

/** REG_* type numbers, [MS-RRP] 2.2.9. */
export const RegistryType = { sz: 1, expandSz: 2, binary: 3, dword: 4, multiSz: 7, qword: 11 } as const;

const valueMaxBytes = 1024 * 1024;
const keyNameMaxCharacters = 255;
/** ERROR_CHILD_MUST_BE_VOLATILE, [MS-ERREF] 2.2. */
const childMustBeVolatile = 1021;

const split = (path: string): string[] => path.split('\\').filter((part) => part !== '');
