/**
 * The primitive codecs. Each reads and writes one little-endian value; structures are put together from them in
 * body.ts. Values that end with their container (`rest`, `utf16`, an uncounted array) are bounded by whoever
 * declares their length.
 */
import type { Reader } from './reader';
import { WireError } from './wire-error';
import type { Writer } from './writer';

export interface Codec<T> {
  write(writer: Writer, value: T): void;
  /** @param count how many elements, when a count field has said so; only lists look at it. */
  read(reader: Reader, count?: number): T;
}

/** The type that a codec reads and writes. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

const integer = (
  size: number,
  get: (b: Buffer, at: number) => number,
  put: (b: Buffer, v: number, at: number) => void,
): Codec<number> => ({
  write(writer, value) {
    const at = writer.take(size);
    put(writer.buffer, value, at);
  },
  read: (reader) => get(reader.buffer, reader.take(size)),
});

export const u8 = integer(
  1,
  (b, at) => b.readUInt8(at),
  (b, v, at) => b.writeUInt8(v, at),
);
export const u16 = integer(
  2,
  (b, at) => b.readUInt16LE(at),
  (b, v, at) => b.writeUInt16LE(v, at),
);
export const u32 = integer(
  4,
  (b, at) => b.readUInt32LE(at),
  (b, v, at) => b.writeUInt32LE(v, at),
);
export const i32 = integer(
  4,
  (b, at) => b.readInt32LE(at),
  (b, v, at) => b.writeInt32LE(v, at),
);

export const u64: Codec<bigint> = {
  write(writer, value) {
    const at = writer.take(8);
    writer.buffer.writeBigUInt64LE(value, at);
  },
  read: (reader) => reader.buffer.readBigUInt64LE(reader.take(8)),
};

/** FILETIME: 100 ns since 1601 in UTC, kept as it is; see `filetimeToDate`. */
export const filetime = u64;

/** Everything up to the end of the container. Reads a view, not a copy. */
export const rest: Codec<Buffer> = {
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(reader.remaining),
};

/** Exactly `size` bytes; writing another size is a programming error. */
export const bytes = (size: number): Codec<Buffer> => ({
  write(writer, value) {
    if (value.length !== size) throw new RangeError(`${value.length} bytes given for a field of ${size}`);
    writer.bytes(value);
  },
  read: (reader) => reader.bytes(size),
});

/** UTF-16LE without terminator, up to the end of the container. */
export const utf16: Codec<string> = {
  write(writer, value) {
    const at = writer.take(value.length * 2);
    writer.buffer.write(value, at, 'utf16le');
  },
  read(reader) {
    if (reader.remaining % 2 !== 0) throw new WireError('UTF-16 text of odd length', reader.position);
    const at = reader.take(reader.remaining);
    return reader.buffer.toString('utf16le', at, reader.position);
  },
};

/** GUID in its usual text form, lower case, first three groups little-endian on the wire; [MS-DTYP] 2.3.4.2. */
export const guid: Codec<string> = {
  write: (writer, value) => writer.bytes(guidToBytes(value)),
  read: (reader) => guidToText(reader.bytes(16)),
};

function guidToText(data: Buffer): string {
  const hex = (start: number, end: number): string => data.toString('hex', start, end);
  const first = data.readUInt32LE(0).toString(16).padStart(8, '0');
  const second = data.readUInt16LE(4).toString(16).padStart(4, '0');
  const third = data.readUInt16LE(6).toString(16).padStart(4, '0');
  return `${first}-${second}-${third}-${hex(8, 10)}-${hex(10, 16)}`;
}

function guidToBytes(text: string): Buffer {
  const data = Buffer.from(text.replaceAll(/[{}-]/g, ''), 'hex');
  if (data.length !== 16) throw new RangeError('not a GUID');
  data.subarray(0, 4).reverse();
  data.subarray(4, 6).reverse();
  data.subarray(6, 8).reverse();
  return data;
}

const filetimeUnixEpoch = 116_444_736_000_000_000n;

export const filetimeToDate = (value: bigint): Date =>
  new Date(Number((value - filetimeUnixEpoch) / 10_000n));
export const dateToFiletime = (value: Date): bigint => BigInt(value.getTime()) * 10_000n + filetimeUnixEpoch;
