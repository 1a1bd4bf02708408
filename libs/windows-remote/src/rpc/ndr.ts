/**
 * Network Data Representation, the 32-bit transfer syntax in little-endian order ([C706] chapter 14, [MS-RPCE] 2.2.5).
 * A type is a value that both writes and reads, so that a procedure declared once serves a client and a server alike.
 * The surprise: what a pointer points at stands behind the outermost construct that contains the pointer. Writing
 * therefore queues pointees, and reading hands its results to a setter that may be called late.
 */
import { guid as guidCodec } from '../wire/codec';
import { Reader } from '../wire/reader';
import { WireError } from '../wire/wire-error';
import { Writer } from '../wire/writer';

export interface Ndr<T> {
  /** 1, 2, 4 or 8: where a value may begin, counted from the start of the stub. */
  readonly alignment: number;
  write(out: NdrOutput, value: T): void;
  /** Calls `set` with a value whose pointees may still be missing; they are there after the parameter is flushed. */
  read(input: NdrInput, set: (value: T) => void): void;
}

/** Parameters by name in their order on the wire; `undefined` fields are null pointers. */
export type NdrFields = Readonly<Record<string, Ndr<unknown>>>;
export type NdrValue<N> = N extends Ndr<infer T> ? T : never;
export type NdrValues<F extends NdrFields> = { -readonly [K in keyof F]: NdrValue<F[K]> };

/** Encodes parameters as a stub. Pointees follow the parameter that they belong to, [C706] 14.3.12.3. */
export function encodeFields<F extends NdrFields>(fields: F, values: NdrValues<F>): Buffer {
  const out = new NdrOutput();
  for (const [name, type] of Object.entries(fields)) {
    out.writer.align(type.alignment);
    type.write(out, values[name]);
    out.flush();
  }
  return out.writer.done();
}

/** Decodes a stub; bytes behind the last parameter are ignored. @throws WireError */
export function decodeFields<F extends NdrFields>(fields: F, stub: Buffer): NdrValues<F> {
  const input = new NdrInput(stub);
  const values: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(fields)) {
    input.reader.align(type.alignment);
    type.read(input, (value) => {
      values[name] = value;
    });
    input.flush();
  }
  return values as NdrValues<F>;
}

/** Pointees in the order of their pointers; those found inside a pointee come before its next sibling. */
class Deferral {
  private queue: (() => void)[] = [];

  defer(pointee: () => void): void {
    this.queue.push(pointee);
  }

  flush(): void {
    const waiting = this.queue;
    if (waiting.length === 0) return;
    this.queue = [];
    for (const pointee of waiting) {
      pointee();
      this.flush();
    }
  }
}

export class NdrOutput extends Deferral {
  readonly writer = new Writer();
  private referents = 0;

  /** Any number but zero that is unique in the stub; Windows begins with this one. */
  nextReferent(): number {
    this.referents += 1;
    return 0x0002_0000 + 4 * (this.referents - 1);
  }
}

export class NdrInput extends Deferral {
  readonly reader: Reader;

  constructor(stub: Buffer) {
    super();
    this.reader = new Reader(stub);
  }
}

/** A type whose value stands where it is, without pointers. */
function inline<T>(
  alignment: number,
  write: (writer: Writer, value: T) => void,
  read: (reader: Reader) => T,
): Ndr<T> {
  return {
    alignment,
    write(out, value) {
      out.writer.align(alignment);
      write(out.writer, value);
    },
    read(input, set) {
      input.reader.align(alignment);
      set(read(input.reader));
    },
  };
}

const writeU32 = (writer: Writer, value: number): void => {
  const at = writer.take(4);
  writer.buffer.writeUInt32LE(value, at);
};
const readU32 = (reader: Reader): number => reader.buffer.readUInt32LE(reader.take(4));

export const byte: Ndr<number> = inline(
  1,
  (writer, value) => {
    const at = writer.take(1);
    writer.buffer.writeUInt8(value, at);
  },
  (reader) => reader.buffer.readUInt8(reader.take(1)),
);

export const word: Ndr<number> = inline(
  2,
  (writer, value) => {
    const at = writer.take(2);
    writer.buffer.writeUInt16LE(value, at);
  },
  (reader) => reader.buffer.readUInt16LE(reader.take(2)),
);

export const dword: Ndr<number> = inline(4, writeU32, readU32);

function wide(alignment: number): Ndr<bigint> {
  return inline(
    alignment,
    (writer, value) => {
      const at = writer.take(8);
      writer.buffer.writeBigUInt64LE(value, at);
    },
    (reader) => reader.buffer.readBigUInt64LE(reader.take(8)),
  );
}

/** A 64-bit number of alignment 8; a FILETIME, being two DWORDs, is `filetime`. */
export const hyper: Ndr<bigint> = wide(8);

/** FILETIME, [MS-DTYP] 2.3.3: 100 ns since 1601, as two DWORDs. */
export const filetime: Ndr<bigint> = wide(4);

/** GUID, [MS-DTYP] 2.3.4.1, in its text form. */
export const guid: Ndr<string> = inline(4, guidCodec.write, (reader) => guidCodec.read(reader));

/** Bytes of a fixed size, such as a context handle's. */
export const fixedBytes = (size: number, alignment = 1): Ndr<Buffer> =>
  inline(
    alignment,
    (writer, value) => {
      if (value.length !== size) throw new RangeError(`${value.length} bytes given for a field of ${size}`);
      writer.bytes(value);
    },
    (reader) => Buffer.from(reader.bytes(size)),
  );

/** A context handle, [C706] 14.2.16.6: 20 opaque bytes that only the server understands. */
export const contextHandle = fixedBytes(20, 4);

export function struct<F extends NdrFields>(fields: F): Ndr<NdrValues<F>> {
  const table = Object.entries(fields);
  const alignment = Math.max(...table.map(([, type]) => type.alignment));
  return {
    alignment,
    write(out, values) {
      out.writer.align(alignment);
      for (const [name, type] of table) type.write(out, values[name]);
    },
    read(input, set) {
      input.reader.align(alignment);
      const values: Record<string, unknown> = {};
      for (const [name, type] of table) {
        type.read(input, (value) => {
          values[name] = value;
        });
      }
      set(values as NdrValues<F>);
    },
  };
}

/** A pointer that may be null: `undefined`. At the top of a parameter or inside a construct. */
export function unique<T>(pointee: Ndr<T>): Ndr<T | undefined> {
  return {
    alignment: 4,
    write(out, value) {
      out.writer.align(4);
      if (value === undefined) return writeU32(out.writer, 0);
      writeU32(out.writer, out.nextReferent());
      out.defer(() => {
        out.writer.align(pointee.alignment);
        pointee.write(out, value);
      });
    },
    read(input, set) {
      input.reader.align(4);
      if (readU32(input.reader) === 0) return set(undefined);
      input.defer(() => {
        input.reader.align(pointee.alignment);
        pointee.read(input, set);
      });
    },
  };
}

/** A conformant array: its size, then its elements. The elements' pointees follow all of them. */
export function conformantArray<T>(element: Ndr<T>): Ndr<T[]> {
  return {
    alignment: 4,
    write(out, values) {
      out.writer.align(4);
      writeU32(out.writer, values.length);
      for (const value of values) element.write(out, value);
    },
    read(input, set) {
      input.reader.align(4);
      const at = input.reader.position;
      const count = readU32(input.reader);
      if (count > input.reader.remaining) throw new WireError(`an array of ${count} elements`, at);
      const values = new Array<T>(count);
      for (let index = 0; index < count; index += 1) {
        element.read(input, (value) => {
          values[index] = value;
        });
      }
      set(values);
    },
  };
}

/** A conformant varying array: only the first `length_is` of `size_is` elements are there. Writes no spare room. */
export function varyingArray<T>(element: Ndr<T>): Ndr<T[]> {
  return {
    alignment: 4,
    write(out, values) {
      out.writer.align(4);
      writeVarying(out.writer, values.length, values.length);
      for (const value of values) element.write(out, value);
    },
    read(input, set) {
      input.reader.align(4);
      const at = input.reader.position;
      const { actual } = readVarying(input.reader);
      if (actual > input.reader.remaining) throw new WireError(`an array of ${actual} elements`, at);
      const values = new Array<T>(actual);
      for (let index = 0; index < actual; index += 1) {
        element.read(input, (value) => {
          values[index] = value;
        });
      }
      set(values);
    },
  };
}

/** A conformant array of bytes. */
export const byteArray: Ndr<Buffer> = inline(
  4,
  (writer, value) => {
    writeU32(writer, value.length);
    writer.bytes(value);
  },
  (reader) => Buffer.from(reader.bytes(readU32(reader))),
);

/** Bytes sent out of a buffer of a size: how large the buffer is, and what of it is sent. */
export interface VaryingBytes {
  capacityBytes: number;
  data: Buffer;
}

/** A conformant varying array of bytes, `size_is` and `length_is` together. */
export const varyingBytes: Ndr<VaryingBytes> = inline(
  4,
  (writer, value) => {
    writeU32(writer, value.capacityBytes);
    writeU32(writer, 0);
    writeU32(writer, value.data.length);
    writer.bytes(value.data);
  },
  (reader) => {
    const { capacity, actual } = readVarying(reader);
    return { capacityBytes: capacity, data: Buffer.from(reader.bytes(actual)) };
  },
);

/** Maximum count, offset and actual count, [C706] 14.3.3.4; the offset is zero in every interface spoken here. */
export function readVarying(reader: Reader): { capacity: number; actual: number } {
  const at = reader.position;
  const capacity = readU32(reader);
  const start = readU32(reader);
  const actual = readU32(reader);
  if (start !== 0 || actual > capacity)
    throw new WireError(`a varying array ${start}+${actual} of ${capacity}`, at);
  return { capacity, actual };
}

export function writeVarying(writer: Writer, capacity: number, actual: number): void {
  writeU32(writer, capacity);
  writeU32(writer, 0);
  writeU32(writer, actual);
}

/** A `[string] wchar_t*`: UTF-16 with its terminator on the wire, without it in the value. */
export const wstring: Ndr<string> = inline(
  4,
  (writer, value) => {
    writeVarying(writer, value.length + 1, value.length + 1);
    const at = writer.take(value.length * 2 + 2);
    writer.buffer.write(value, at, 'utf16le');
    writer.buffer.writeUInt16LE(0, at + value.length * 2);
  },
  (reader) => withoutTerminator(reader.bytes(readVarying(reader).actual * 2)),
);

/** UTF-16 text up to its last character, or to the one before it when that one is the terminator. */
export function withoutTerminator(data: Buffer): string {
  const isTerminated = data.length >= 2 && data.readUInt16LE(data.length - 2) === 0;
  return data.toString('utf16le', 0, isTerminated ? data.length - 2 : data.length);
}
