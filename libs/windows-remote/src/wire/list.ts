/** Repeated elements: packed or aligned arrays, and the chains of "next entry" offsets that [MS-SMB2] 2.2.13.2 and [MS-FSCC] 2.4 share. */
import type { Codec } from './codec';
import { u32 } from './codec';
import type { Reader } from './reader';
import { WireError } from './wire-error';
import type { Writer } from './writer';

/** No message of the protocols read here has as many; a count beyond it is hostile. */
const elementsMax = 65_536;

/** Elements one after the other; each begins at a multiple of `align` from the container's origin. Without a count, up to its end. */
export const array = <T>(element: Codec<T>, { align = 1 } = {}): Codec<T[]> => ({
  write(writer, values) {
    for (const value of values) {
      writer.align(align);
      element.write(writer, value);
    }
  },
  read(reader, count = elementsMax) {
    const values: T[] = [];
    if (count > elementsMax) throw new WireError(`a count of ${count}`, reader.position);
    const isCounted = count !== elementsMax;
    while (values.length < count && (isCounted || reader.remaining > 0)) {
      reader.align(align);
      values.push(element.read(reader));
    }
    return values;
  },
});

/**
 * Elements that each begin with a 32-bit offset to the next one, 0 in the last. Offsets inside an element count from
 * that offset field. Elements begin at multiples of `align`.
 */
export const chain = <T>(element: Codec<T>, { align = 8 } = {}): Codec<T[]> => ({
  write: (writer, values) => writeChain(writer, element, values, align),
  read: (reader) => readChain(reader, element),
});

function writeChain<T>(writer: Writer, element: Codec<T>, values: T[], align: number): void {
  const outerOrigin = writer.origin;
  writer.origin = writer.position;
  const first = writer.position;
  let previous = -1;
  for (const value of values) {
    writer.origin = first;
    writer.align(align);
    const start = writer.position;
    if (previous >= 0) writer.buffer.writeUInt32LE(start - previous, previous);
    u32.write(writer, 0);
    writer.origin = start;
    element.write(writer, value);
    previous = start;
  }
  writer.origin = outerOrigin;
}

function readChain<T>(reader: Reader, element: Codec<T>): T[] {
  const values: T[] = [];
  while (reader.remaining > 0) {
    const start = reader.position;
    const next = u32.read(reader);
    if (next !== 0 && next < 4) throw new WireError('a chain that does not advance', start);
    const size = next === 0 ? reader.end - start : next;
    const part = reader.part(start, size, start);
    part.position = start + 4;
    values.push(element.read(part));
    reader.position = start + size;
    if (next === 0) break;
    if (values.length >= elementsMax) throw new WireError('an endless chain', start);
  }
  return values;
}
