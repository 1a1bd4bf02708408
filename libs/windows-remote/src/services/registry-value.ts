/** Registry types and their bytes, [MS-RRP] 2.2.6 and 3.1.1.5. */
import { WireError } from '../wire/wire-error';
import type { RegistryValue } from './remote-registry';

const typeCodes = { sz: 1, expandSz: 2, binary: 3, dword: 4, multiSz: 7, qword: 11 } as const;

const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf16le');

export function encodeValue(value: RegistryValue): { typeCode: number; data: Buffer } {
  switch (value.type) {
    case 'sz':
    case 'expandSz':
      return { typeCode: typeCodes[value.type], data: text(value.text) };
    case 'binary':
      return { typeCode: typeCodes.binary, data: value.data };
    case 'dword': {
      const data = Buffer.alloc(4);
      data.writeUInt32LE(value.number);
      return { typeCode: typeCodes.dword, data };
    }
    case 'qword': {
      const data = Buffer.alloc(8);
      data.writeBigUInt64LE(value.number);
      return { typeCode: typeCodes.qword, data };
    }
    case 'multiSz':
      return {
        typeCode: typeCodes.multiSz,
        data: Buffer.concat([...value.texts.map(text), Buffer.alloc(2)]),
      };
    case 'other':
      return { typeCode: value.typeCode, data: value.data };
  }
}

/**
 * Anybody may store anything under any type: text without terminator is accepted, numbers of a wrong size are not.
 * @throws WireError
 */
export function decodeValue(typeCode: number, data: Buffer): RegistryValue {
  switch (typeCode) {
    case typeCodes.sz:
      return { type: 'sz', text: readText(data) };
    case typeCodes.expandSz:
      return { type: 'expandSz', text: readText(data) };
    case typeCodes.binary:
      return { type: 'binary', data };
    case typeCodes.dword:
      return { type: 'dword', number: exactly(data, 4).readUInt32LE() };
    case typeCodes.qword:
      return { type: 'qword', number: exactly(data, 8).readBigUInt64LE() };
    case typeCodes.multiSz:
      return { type: 'multiSz', texts: readTexts(data) };
    default:
      return { type: 'other', typeCode, data };
  }
}

/** Up to the first terminator, as Windows' own programs read it. */
function readText(data: Buffer): string {
  return data.toString('utf16le').split('\0', 1)[0] ?? '';
}

/** An empty text ends the list. */
function readTexts(data: Buffer): string[] {
  const texts = data.toString('utf16le').split('\0');
  const end = texts.indexOf('');
  return end < 0 ? texts : texts.slice(0, end);
}

function exactly(data: Buffer, sizeBytes: number): Buffer {
  if (data.length !== sizeBytes) throw new WireError(`a number of ${data.length} bytes in the registry`, 0);
  return data;
}
