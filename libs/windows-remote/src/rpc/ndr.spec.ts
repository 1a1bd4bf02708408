import { WireError } from '../wire/wire-error';
import {
  byteArray,
  conformantArray,
  contextHandle,
  decodeFields,
  dword,
  encodeFields,
  filetime,
  guid,
  hyper,
  struct,
  unique,
  varyingBytes,
  word,
  wstring,
} from './ndr';

const hex = (text: string) => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');

describe('NDR', () => {
  it('writes a string with maximum count, offset, actual count and terminator', () => {
    const stub = encodeFields({ text: wstring }, { text: 'ab' });
    expect(stub).toEqual(hex('03000000 00000000 03000000 6100 6200 0000'));
  });

  it('puts the pointee of a parameter before the next parameter', () => {
    const stub = encodeFields({ text: unique(wstring), flags: dword }, { text: 'a', flags: 5 });
    expect(stub).toEqual(hex('00000200 02000000 00000000 02000000 6100 0000 05000000'));
  });

  it('writes a null pointer as zero and nothing more', () => {
    expect(encodeFields({ text: unique(wstring) }, { text: undefined })).toEqual(hex('00000000'));
  });

  it('puts the pointees of a structure behind the whole structure, in order', () => {
    const fields = { pair: struct({ a: unique(dword), b: unique(word), c: dword }) };
    const stub = encodeFields(fields, { pair: { a: 1, b: 2, c: 3 } });
    expect(stub).toEqual(hex('00000200 04000200 03000000 01000000 0200'));
    expect(decodeFields(fields, stub)).toEqual({ pair: { a: 1, b: 2, c: 3 } });
  });

  it('puts what a pointee points at before the next sibling', () => {
    const fields = { rows: unique(conformantArray(unique(wstring))), end: dword };
    const value = { rows: ['a', undefined, 'bc'], end: 7 };
    const stub = encodeFields(fields, value);
    expect(stub.subarray(0, 20)).toEqual(hex('00000200 03000000 04000200 00000000 08000200'));
    expect(decodeFields(fields, stub)).toEqual(value);
  });

  it('aligns each value by its own size', () => {
    const fields = { a: word, b: hyper, c: word, d: filetime, e: guid };
    const value = { a: 1, b: 2n, c: 3, d: 4n, e: '86d35949-83c9-4044-b424-db363231fd0c' };
    const stub = encodeFields(fields, value);
    expect(stub.readBigUInt64LE(8)).toBe(2n);
    expect(stub.readBigUInt64LE(20)).toBe(4n);
    expect(stub.length).toBe(44);
    expect(decodeFields(fields, stub)).toEqual(value);
  });

  it('tells apart how large a buffer is and how much of it is sent', () => {
    const fields = { data: unique(varyingBytes), size: unique(dword) };
    const value = { data: { capacityBytes: 512, data: Buffer.alloc(0) }, size: 512 };
    const stub = encodeFields(fields, value);
    expect(stub.subarray(0, 16)).toEqual(hex('00000200 00020000 00000000 00000000'));
    expect(decodeFields(fields, stub)).toEqual(value);
  });

  it('refuses a stub that ends early at every byte', () => {
    const fields = {
      handle: contextHandle,
      name: unique(wstring),
      rows: unique(conformantArray(unique(wstring))),
      data: byteArray,
      end: dword,
    };
    const value = {
      handle: Buffer.alloc(20, 7),
      name: 'Schedule',
      rows: ['one', 'two'],
      data: Buffer.from('xyz'),
      end: 1,
    };
    const stub = encodeFields(fields, value);
    expect(decodeFields(fields, stub)).toEqual(value);
    for (let size = 0; size < stub.length; size += 1)
      expect(() => decodeFields(fields, stub.subarray(0, size))).toThrow(WireError);
  });

  it('refuses counts that the message cannot hold', () => {
    expect(() => decodeFields({ rows: conformantArray(dword) }, hex('ffffff7f 00000000'))).toThrow(WireError);
    expect(() => decodeFields({ text: wstring }, hex('02000000 00000000 03000000 610062006300'))).toThrow(
      WireError,
    );
    expect(() => decodeFields({ text: wstring }, hex('02000000 01000000 01000000 6100'))).toThrow(WireError);
  });
});
