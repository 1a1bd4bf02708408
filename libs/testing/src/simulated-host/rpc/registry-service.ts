/** Remote Registry on \pipe\winreg, [MS-RRP] 3.1.5, over a simulated computer's registry. Names are counted with their terminator. */
import {
  contextHandle,
  dateToFiletime,
  dword,
  procedure,
  rpcInterface,
  winreg,
  type NdrValues,
  type RegistryBuffer,
} from '@drover/windows-remote/protocol';
import type { RegistryNode, StoredValue, VirtualRegistry } from '../computer/virtual-registry';
import { HostRefusal, Win32 } from '../refusal';
import {
  acting,
  nullHandle,
  refusable,
  serveInterface,
  type Call,
  type Handlers,
  type ServedInterface,
} from './served-interface';

/** What registry tools call beside the procedures that Drover needs. */
const whole = rpcInterface({
  ...winreg,
  procedures: {
    ...winreg.procedures,
    /** BaseRegFlushKey, [MS-RRP] 3.1.5.12. */
    flushKey: procedure(11, { key: contextHandle }, { error: dword }),
    /** BaseRegGetVersion, [MS-RRP] 3.1.5.25. */
    getVersion: procedure(26, { key: contextHandle }, { version: dword, error: dword }),
  },
});

class KeyHandle {
  constructor(
    readonly node: RegistryNode,
    readonly access: number,
    /** The 32-bit view was asked for. */
    readonly is32Bit: boolean,
  ) {}
}

type Procedures = typeof whole.procedures;
type Output<K extends keyof Procedures> = NdrValues<Procedures[K]['output']>;

export function registryService(registry: VirtualRegistry): ServedInterface {
  const find: Find = (call, key) => {
    const found = call.handles.find(key, KeyHandle);
    if (found === undefined) throw new HostRefusal('win32', Win32.invalidHandle, 'no such key handle');
    if (found.node.deleted) throw new HostRefusal('win32', Win32.keyDeleted, found.node.path);
    return found;
  };
  return serveInterface(whole, { ...queries(find), ...openings(registry, find), ...changes(registry, find) });
}

/** The live key behind a handle. @throws HostRefusal for a handle that is unknown, or whose key was deleted. */
type Find = (call: Call, key: Buffer) => KeyHandle;

function openings(
  registry: VirtualRegistry,
  find: Find,
): Handlers<Procedures, 'openLocalMachine' | 'closeKey' | 'createKey' | 'openKey'> {
  const open = (call: Call, node: RegistryNode, access: number, is32Bit: boolean): Buffer =>
    call.handles.open(new KeyHandle(node, access, is32Bit));
  return {
    openLocalMachine: ({ access }, call) =>
      refusable<Output<'openLocalMachine'>>({ key: nullHandle }, () => {
        if (!call.isAdministrator)
          throw new HostRefusal('win32', Win32.accessDenied, 'an administrator is needed');
        return { key: open(call, registry.root, access, (access & view32Bit) !== 0) };
      }),
    closeKey: ({ key }, call) =>
      refusable<Output<'closeKey'>>({ key: nullHandle }, () => {
        if (!call.handles.close(key))
          throw new HostRefusal('win32', Win32.invalidHandle, 'no such key handle');
        return { key: nullHandle };
      }),
    createKey: (input, call) =>
      refusable<Output<'createKey'>>({ key: nullHandle, disposition: undefined }, () => {
        const from = find(call, input.key);
        const is32Bit = from.is32Bit || (input.access & view32Bit) !== 0;
        const isVolatile = (input.options & optionVolatile) !== 0;
        const { node, disposition } = registry.create(
          inView(input.path ?? '', from, is32Bit),
          from.node,
          isVolatile,
        );
        const descriptor = input.security?.descriptor.bytes?.data;
        if (descriptor !== undefined && disposition === 'created') node.security = descriptor;
        return { key: open(call, node, input.access, is32Bit), disposition: dispositions[disposition] };
      }),
    openKey: (input, call) =>
      refusable<Output<'openKey'>>({ key: nullHandle }, () => {
        const from = find(call, input.key);
        const is32Bit = from.is32Bit || (input.access & view32Bit) !== 0;
        const node = registry.find(inView(input.path ?? '', from, is32Bit), from.node);
        if (node === undefined) throw new HostRefusal('win32', Win32.fileNotFound, input.path ?? '');
        return { key: open(call, node, input.access, is32Bit) };
      }),
  };
}

type Change = 'deleteKey' | 'deleteKeyIn' | 'deleteValue' | 'setValue' | 'flushKey' | 'getVersion';

function changes(registry: VirtualRegistry, find: Find): Handlers<Procedures, Change> {
  return {
    flushKey: acting(() => undefined),
    getVersion: () => ({ version: 6, error: Win32.success }),
    deleteKey: acting(({ key, path }, call) => {
      const from = find(call, key);
      registry.deleteKey(inView(path ?? '', from, from.is32Bit), from.node);
    }),
    deleteKeyIn: acting(({ key, path, access }, call) => {
      const from = find(call, key);
      registry.deleteKey(inView(path ?? '', from, (access & view32Bit) !== 0), from.node);
    }),
    deleteValue: acting(({ key, name }, call) => registry.deleteValue(find(call, key).node, name ?? '')),
    setValue: acting(({ key, name, type, data }, call) =>
      registry.setValue(find(call, key).node, name ?? '', type, data),
    ),
  };
}

type Queries = 'enumerateKey' | 'enumerateValue' | 'queryInfoKey' | 'queryValue';

/** The procedures that read. */
function queries(find: Find): Handlers<Procedures, Queries> {
  return {
    enumerateKey: (input, call) =>
      refusable<Output<'enumerateKey'>>(
        {
          name: roomOf(input.name),
          class: input.class && roomOf(input.class),
          lastWriteAt: input.lastWriteAt,
        },
        () => {
          const child = [...find(call, input.key).node.children.values()][input.index];
          if (child === undefined) throw new HostRefusal('win32', Win32.noMoreItems, 'keys');
          const lastWriteAt = input.lastWriteAt === undefined ? undefined : dateToFiletime(child.modifiedAt);
          return {
            name: filled(input.name, child.name),
            class: input.class && filled(input.class, ''),
            lastWriteAt,
          };
        },
      ),
    enumerateValue: (input, call) =>
      refusable<Output<'enumerateValue'>>(
        {
          name: roomOf(input.name),
          type: undefined,
          data: undefined,
          capacityBytes: undefined,
          lengthBytes: undefined,
        },
        () => {
          const value = [...find(call, input.key).node.values.values()][input.index];
          if (value === undefined) throw new HostRefusal('win32', Win32.noMoreItems, 'values');
          return { name: filled(input.name, value.name), ...delivered(value, input) };
        },
      ),
    queryInfoKey: ({ key }, call) =>
      refusable<Output<'queryInfoKey'>>({ class: noClass, ...emptyInfo }, () => {
        const node = find(call, key).node;
        const values = [...node.values.values()];
        const longest = (lengths: number[]): number =>
          lengths.reduce((most, length) => Math.max(most, length), 0);
        return {
          class: noClass,
          ...emptyInfo,
          subkeyCount: node.children.size,
          longestSubkeyBytes: longest([...node.children.values()].map((child) => child.name.length * 2)),
          valueCount: values.length,
          longestValueNameBytes: longest(values.map((value) => value.name.length * 2)),
          longestValueBytes: longest(values.map((value) => value.data.length)),
          lastWriteAt: dateToFiletime(node.modifiedAt),
        };
      }),
    queryValue: (input, call) =>
      refusable<Output<'queryValue'>>(
        {
          type: undefined,
          data: undefined,
          capacityBytes: input.capacityBytes,
          lengthBytes: input.lengthBytes,
        },
        () => {
          const value = find(call, input.key).node.values.get((input.name ?? '').toLowerCase());
          if (value === undefined) throw new HostRefusal('win32', Win32.fileNotFound, input.name ?? '');
          return delivered(value, input);
        },
      ),
  };
}

interface ValueRoom {
  type: number | undefined;
  data: { capacityBytes: number; data: Buffer } | undefined;
  capacityBytes: number | undefined;
  lengthBytes: number | undefined;
}

/** A value in the room that the caller gave; too little room tells how much is needed, [MS-RRP] 3.1.5.17. */
function delivered(value: StoredValue, room: ValueRoom): ValueRoom & { error: number } {
  const sizeBytes = value.data.length;
  const hasRoom = room.data !== undefined && (room.capacityBytes ?? 0) >= sizeBytes;
  // The array's size is that of the data: on the way back size_is refers to the answer's own lpcbData.
  const data = hasRoom ? { capacityBytes: sizeBytes, data: value.data } : undefined;
  const sizes = {
    type: value.typeCode,
    capacityBytes: sizeBytes,
    lengthBytes: data === undefined ? 0 : sizeBytes,
  };
  return { ...sizes, data, error: hasRoom || room.data === undefined ? Win32.success : Win32.moreData };
}

const roomOf = ({ maximumBytes }: RegistryBuffer): RegistryBuffer => ({ maximumBytes, text: undefined });

function filled(room: RegistryBuffer, text: string): RegistryBuffer {
  const needed = (text.length + 1) * 2;
  if (room.maximumBytes < needed && text !== '')
    throw new HostRefusal('win32', Win32.moreData, 'the name is longer');
  return { maximumBytes: room.maximumBytes, text: room.maximumBytes === 0 ? undefined : text };
}

/** The path as the 32-bit view sees it: below HKLM, SOFTWARE is its WOW6432Node. */
function inView(path: string, from: KeyHandle, is32Bit: boolean): string {
  return is32Bit && from.node.parent === undefined
    ? path.replace(/^software(\\|$)/i, 'SOFTWARE\\WOW6432Node$1')
    : path;
}

const noClass: RegistryBuffer = { maximumBytes: 0, text: undefined };
const emptyInfo = {
  subkeyCount: 0,
  longestSubkeyBytes: 0,
  longestClassBytes: 0,
  valueCount: 0,
  longestValueNameBytes: 0,
  longestValueBytes: 0,
  securityDescriptorBytes: 0,
  lastWriteAt: 0n,
};

/** KEY_WOW64_32KEY and REG_OPTION_VOLATILE, [MS-RRP] 2.2.3 and 3.1.5.7; the dispositions of the latter. */
const view32Bit = 0x200;
const optionVolatile = 1;
const dispositions = { created: 1, opened: 2 } as const;
