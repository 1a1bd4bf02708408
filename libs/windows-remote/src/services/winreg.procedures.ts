/** Windows Remote Registry, [MS-RRP] 3.1.5. */
import {
  byteArray,
  byte,
  contextHandle,
  dword,
  filetime,
  struct,
  unique,
  varyingBytes,
  word,
} from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';
import { registryBuffer, registryString } from './registry-string';

/** RPC_SECURITY_DESCRIPTOR, [MS-RRP] 2.2.9: self-relative. */
const securityDescriptor = struct({
  bytes: unique(varyingBytes),
  capacityBytes: dword,
  lengthBytes: dword,
});

/** RPC_SECURITY_ATTRIBUTES, [MS-RRP] 2.2.8. */
const securityAttributes = struct({
  lengthBytes: dword,
  descriptor: securityDescriptor,
  isInherited: byte,
});

/** What a value is read into: type, bytes, size of the buffer, bytes in it. */
const valueParts = {
  type: unique(dword),
  data: unique(varyingBytes),
  capacityBytes: unique(dword),
  lengthBytes: unique(dword),
};

export const winreg = rpcInterface({
  uuid: '338cd001-2244-31f1-aaaa-900038001003',
  major: 1,
  minor: 0,
  pipeName: 'winreg',
  procedures: {
    /** OpenLocalMachine, [MS-RRP] 3.1.5.3. */
    openLocalMachine: procedure(
      2,
      { serverName: unique(word), access: dword },
      { key: contextHandle, error: dword },
    ),
    /** BaseRegCloseKey, [MS-RRP] 3.1.5.6. */
    closeKey: procedure(5, { key: contextHandle }, { key: contextHandle, error: dword }),
    /** BaseRegCreateKey, [MS-RRP] 3.1.5.7. */
    createKey: procedure(
      6,
      {
        key: contextHandle,
        path: registryString,
        class: registryString,
        options: dword,
        access: dword,
        security: unique(securityAttributes),
        disposition: unique(dword),
      },
      { key: contextHandle, disposition: unique(dword), error: dword },
    ),
    /** BaseRegDeleteKey, [MS-RRP] 3.1.5.8. */
    deleteKey: procedure(7, { key: contextHandle, path: registryString }, { error: dword }),
    /** BaseRegDeleteValue, [MS-RRP] 3.1.5.9. */
    deleteValue: procedure(8, { key: contextHandle, name: registryString }, { error: dword }),
    /** BaseRegEnumKey, [MS-RRP] 3.1.5.10. */
    enumerateKey: procedure(
      9,
      {
        key: contextHandle,
        index: dword,
        name: registryBuffer,
        class: unique(registryBuffer),
        lastWriteAt: unique(filetime),
      },
      { name: registryBuffer, class: unique(registryBuffer), lastWriteAt: unique(filetime), error: dword },
    ),
    /** BaseRegEnumValue, [MS-RRP] 3.1.5.11. */
    enumerateValue: procedure(
      10,
      { key: contextHandle, index: dword, name: registryBuffer, ...valueParts },
      { name: registryBuffer, ...valueParts, error: dword },
    ),
    /** BaseRegOpenKey, [MS-RRP] 3.1.5.15. */
    openKey: procedure(
      15,
      { key: contextHandle, path: registryString, options: dword, access: dword },
      { key: contextHandle, error: dword },
    ),
    /** BaseRegQueryInfoKey, [MS-RRP] 3.1.5.16. Servers are picky: the class is a buffer without room. */
    queryInfoKey: procedure(
      16,
      { key: contextHandle, class: registryBuffer },
      {
        class: registryBuffer,
        subkeyCount: dword,
        longestSubkeyBytes: dword,
        longestClassBytes: dword,
        valueCount: dword,
        longestValueNameBytes: dword,
        longestValueBytes: dword,
        securityDescriptorBytes: dword,
        lastWriteAt: filetime,
        error: dword,
      },
    ),
    /** BaseRegQueryValue, [MS-RRP] 3.1.5.17. */
    queryValue: procedure(
      17,
      { key: contextHandle, name: registryString, ...valueParts },
      { ...valueParts, error: dword },
    ),
    /** BaseRegSetValue, [MS-RRP] 3.1.5.22. */
    setValue: procedure(
      22,
      { key: contextHandle, name: registryString, type: dword, data: byteArray, lengthBytes: dword },
      { error: dword },
    ),
    /** BaseRegDeleteKeyEx, [MS-RRP] 3.1.5.31: as BaseRegDeleteKey, in the view that `access` names. */
    deleteKeyIn: procedure(
      35,
      { key: contextHandle, path: registryString, access: dword, reserved: dword },
      { error: dword },
    ),
  },
});

/** Security of keys that exist; for administrators. */
export const keySecurity = {
  /** BaseRegGetKeySecurity, [MS-RRP] 3.1.5.13. */
  getSecurity: procedure(
    12,
    { key: contextHandle, information: dword, descriptor: securityDescriptor },
    { descriptor: securityDescriptor, error: dword },
  ),
  /** BaseRegSetKeySecurity, [MS-RRP] 3.1.5.21. */
  setSecurity: procedure(
    21,
    { key: contextHandle, information: dword, descriptor: securityDescriptor },
    { error: dword },
  ),
} as const;
