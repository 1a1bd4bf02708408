/**
 * `body` turns a table of fields in the specification's order into a codec that reads and writes, and into a type.
 * Fields that the specification fixes, reserves or derives (offsets, lengths, counts) are not part of the value.
 * Offsets count from the container's origin: for SMB 2 the header, for NTLM the message.
 */
import type { Codec } from './codec';
import { Reader } from './reader';
import { WireError } from './wire-error';
import { Writer } from './writer';

/** Fields written out of what others say; they do not appear in the value. */
abstract class Hidden {
  readonly isHidden = true;
}

class Fixed<T> extends Hidden {
  constructor(
    readonly codec: Codec<T>,
    readonly value: T,
  ) {
    super();
  }
}

class Reserved extends Hidden {
  constructor(readonly size: number) {
    super();
  }
}

class Derived extends Hidden {
  constructor(
    readonly measure: 'count' | 'length',
    readonly codec: Codec<number>,
    readonly of: string,
  ) {
    super();
  }
}

type TailPart = Reserved | { readonly measure: 'offset' | 'length' | 'count'; readonly codec: Codec<number> };

class Tail<T> {
  constructor(
    readonly content: Codec<T>,
    readonly parts: readonly TailPart[],
    readonly options: TailOptions,
  ) {}
}

export interface TailOptions {
  /** The content begins at a multiple of this from the origin. */
  align?: number;
  /** Write the offset even when the content is empty; otherwise it is 0 then. */
  isOffsetKept?: boolean;
  /** Shorter content is followed by zeros that its length does not count: some structures want at least one byte. */
  minimumBytes?: number;
}

/** A value that the specification fixes; reading another one is a WireError. */
export const fixed = <T extends number | bigint>(codec: Codec<T>, value: T): Fixed<T> =>
  new Fixed(codec, value);
/** Bytes written as zero and ignored when read. */
export const reserved = (size: number): Reserved => new Reserved(size);
/** The number of elements in a later list field. */
export const countOf = (codec: Codec<number>, field: string): Derived => new Derived('count', codec, field);
/** The number of bytes of a later field that otherwise would reach to the end. */
export const lengthOf = (codec: Codec<number>, field: string): Derived => new Derived('length', codec, field);

export const offset = (codec: Codec<number>): TailPart => ({ measure: 'offset', codec });
export const length = (codec: Codec<number>): TailPart => ({ measure: 'length', codec });
export const count = (codec: Codec<number>): TailPart => ({ measure: 'count', codec });

/**
 * Content that stands behind the fixed part and is described by the `parts` at this place. Without an offset part
 * it follows directly; without a length part it reaches to the container's end.
 */
export const tail = <T>(content: Codec<T>, parts: readonly TailPart[], options: TailOptions = {}): Tail<T> =>
  new Tail(content, parts, options);

type Field = Codec<unknown> | Hidden | Tail<unknown>;
type ValueOf<F> = F extends Tail<infer T> ? T : F extends Codec<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };
export type BodyValue<F> = Flat<{ [K in keyof F as F[K] extends Hidden ? never : K]: ValueOf<F[K]> }>;

export interface Body<T> extends Codec<T> {
  encode(value: T): Buffer;
  /** Bytes behind the structure are ignored, as the protocols demand of a receiver. */
  decode(buffer: Buffer): T;
}

export function body<F extends Record<string, Field>>(fields: F): Body<BodyValue<F>> {
  const table = compile(fields);
  const codec: Codec<BodyValue<F>> = {
    write: (writer, value) => writeBody(writer, table, value as Record<string, unknown>),
    read: (reader) => readBody(reader, table) as BodyValue<F>,
  };
  return {
    ...codec,
    encode(value) {
      const writer = new Writer();
      codec.write(writer, value);
      return writer.done();
    },
    decode: (buffer) => codec.read(new Reader(buffer)),
  };
}

/** A structure inside another whose offsets count from its own first byte. */
export const ownOrigin = <T>(inner: Codec<T>): Codec<T> => ({
  write(writer, value) {
    const outer = writer.origin;
    writer.origin = writer.position;
    inner.write(writer, value);
    writer.origin = outer;
  },
  read(reader) {
    const part = reader.part(reader.position, reader.remaining, reader.position);
    const value = inner.read(part);
    reader.position = part.position;
    return value;
  },
});

/** A field with what can be known about it before any message is seen: most fields are plain and unmeasured. */
interface Row {
  name: string;
  field: Field;
  isPlain: boolean;
  /** Some other field states this one's length or count, so both directions have to look for it. */
  isMeasured: boolean;
}
type Table = readonly Row[];
type Hole = { at: number; codec: Codec<number> };

function compile(fields: Record<string, Field>): Table {
  const all = Object.values(fields);
  return Object.entries(fields).map(([name, field]) => ({
    name,
    field,
    isPlain: !(field instanceof Hidden) && !(field instanceof Tail),
    isMeasured: all.some((other) => other instanceof Derived && other.of === name),
  }));
}

function writeBody(writer: Writer, table: Table, value: Record<string, unknown>): void {
  const holes = new Map<string, Hole>();
  const tails: { name: string; field: Tail<unknown>; at: number }[] = [];
  for (const { name, field, isPlain, isMeasured } of table) {
    if (isPlain) {
      const start = writer.position;
      (field as Codec<unknown>).write(writer, value[name]);
      if (isMeasured) fillHoles(writer, holes, name, value[name], writer.position - start);
    } else if (field instanceof Tail) {
      tails.push({ name, field, at: writer.position });
      for (const part of field.parts) writePart(writer, part, 0);
    } else if (field instanceof Derived) {
      holes.set(`${field.measure} ${field.of}`, { at: writer.position, codec: field.codec });
      field.codec.write(writer, 0);
    } else if (field instanceof Fixed) field.codec.write(writer, field.value);
    else if (field instanceof Reserved) writer.zeros(field.size);
  }
  for (const { name, field, at } of tails) writeTail(writer, field, at, value[name], holes, name);
}

function writeTail(
  writer: Writer,
  field: Tail<unknown>,
  at: number,
  value: unknown,
  holes: Map<string, Hole>,
  name: string,
): void {
  const isEmpty = (value as { length?: number }).length === 0;
  if (!isEmpty) writer.align(field.options.align ?? 1);
  const start = writer.position;
  field.content.write(writer, value);
  const end = writer.position;
  const measures = {
    offset: isEmpty && !field.options.isOffsetKept ? 0 : start - writer.origin,
    length: end - start,
    count: countElements(value),
  };
  writer.position = at;
  for (const part of field.parts)
    writePart(writer, part, part instanceof Reserved ? 0 : measures[part.measure]);
  writer.position = end;
  const missing = (field.options.minimumBytes ?? 0) - (end - start);
  if (missing > 0) writer.zeros(missing);
  fillHoles(writer, holes, name, value, end - start);
}

function writePart(writer: Writer, part: TailPart, value: number): void {
  if (part instanceof Reserved) writer.zeros(part.size);
  else part.codec.write(writer, value);
}

function fillHoles(
  writer: Writer,
  holes: Map<string, Hole>,
  name: string,
  value: unknown,
  sizeBytes: number,
): void {
  if (holes.size === 0) return;
  const end = writer.position;
  for (const [measure, content] of [
    ['count', countElements(value)],
    ['length', sizeBytes],
  ] as const) {
    const hole = holes.get(`${measure} ${name}`);
    if (hole === undefined) continue;
    writer.position = hole.at;
    hole.codec.write(writer, content);
  }
  writer.position = end;
}

const countElements = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

function readBody(reader: Reader, table: Table): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const measured = new Map<string, number>();
  const tails: { name: string; field: Tail<unknown>; parts: Partial<Record<string, number>> }[] = [];
  for (const { name, field, isPlain, isMeasured } of table) {
    if (isPlain) {
      const codec = field as Codec<unknown>;
      value[name] = isMeasured ? readMeasured(reader, codec, measured, name) : codec.read(reader);
    } else if (field instanceof Tail) tails.push({ name, field, parts: readParts(reader, field) });
    else if (field instanceof Derived) measured.set(`${field.measure} ${field.of}`, field.codec.read(reader));
    else if (field instanceof Fixed) readFixed(reader, name, field);
    else if (field instanceof Reserved) reader.take(field.size);
  }
  let end = reader.position;
  for (const { name, field, parts } of tails) {
    const elements = parts['count'] ?? measured.get(`count ${name}`);
    const size = elements === 0 ? 0 : (parts['length'] ?? measured.get(`length ${name}`));
    const part = locateTail(reader, field, parts['offset'], size);
    value[name] = field.content.read(part, elements);
    if (parts['offset'] === undefined) reader.position = part.position;
    end = Math.max(end, part.position);
  }
  reader.position = end;
  return value;
}

function readFixed(reader: Reader, name: string, field: Fixed<unknown>): void {
  const at = reader.position;
  const found = field.codec.read(reader);
  if (found !== field.value)
    throw new WireError(`${name} is ${String(found)} and not ${String(field.value)}`, at);
}

function readMeasured(
  reader: Reader,
  field: Codec<unknown>,
  measured: Map<string, number>,
  name: string,
): unknown {
  const size = measured.get(`length ${name}`);
  if (size === undefined) return field.read(reader, measured.get(`count ${name}`));
  const part = reader.part(reader.position, size);
  const value = field.read(part, measured.get(`count ${name}`));
  reader.position += size;
  return value;
}

function readParts(reader: Reader, field: Tail<unknown>): Partial<Record<string, number>> {
  const parts: Partial<Record<string, number>> = {};
  for (const part of field.parts) {
    if (part instanceof Reserved) reader.take(part.size);
    else {
      // NTLM states a length and a maximum length; the first is the one that counts.
      const value = part.codec.read(reader);
      parts[part.measure] ??= value;
    }
  }
  return parts;
}

/** Empty content may have any offset; otherwise it has to lie inside the container, wherever that is. */
function locateTail(
  reader: Reader,
  field: Tail<unknown>,
  offsetBytes: number | undefined,
  size: number | undefined,
): Reader {
  if (offsetBytes === undefined) {
    reader.align(field.options.align ?? 1);
    return reader.part(reader.position, size ?? reader.remaining);
  }
  if (size === 0) return reader.part(reader.position, 0);
  const start = reader.origin + offsetBytes;
  return reader.part(start, size ?? reader.end - start);
}
