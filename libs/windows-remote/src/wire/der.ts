/** The little of DER that SPNEGO needs: definite lengths, low tag numbers. [X.690] 8 and 10. */
import { WireError } from './wire-error';

export const derTags = {
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  sequence: 0x30,
  application0: 0x60,
} as const;
/** The constructed context-specific tag number `n`. */
export const contextTag = (n: number): number => 0xa0 | n;

export function derEncode(tag: number, ...content: Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  const head =
    size < 0x80 ? [tag, size] : size < 0x100 ? [tag, 0x81, size] : [tag, 0x82, size >> 8, size & 0xff];
  if (size > 0xffff) throw new RangeError(`${size} bytes in one DER element`);
  return Buffer.concat([Buffer.from(head), ...content]);
}

export interface DerElement {
  tag: number;
  content: Buffer;
  /** The element with its tag and length. */
  whole: Buffer;
}

/** Splits bytes into the elements that stand side by side. */
export function derElements(data: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < data.length) {
    const element = readElement(data, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The one element that begins the data, which must have this tag. @returns its content. */
export function derExpect(data: Buffer, tag: number): Buffer {
  const element = readElement(data, 0);
  if (element.tag !== tag) throw new WireError(`DER tag ${element.tag} and not ${tag}`, 0);
  return element.content;
}

function readElement(data: Buffer, at: number): DerElement {
  const tag = data[at];
  const first = data[at + 1];
  if (tag === undefined || first === undefined) throw new WireError('truncated DER element', at);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4 || at + 2 + lengthBytes > data.length)
    throw new WireError('bad DER length', at + 1);
  const size = lengthBytes === 0 ? first : data.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (size > data.length - start) throw new WireError('DER length beyond the data', at + 1);
  return { tag, content: data.subarray(start, start + size), whole: data.subarray(at, start + size) };
}

/** Dotted decimal to the content of an OBJECT IDENTIFIER element. */
export function oidBytes(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  const out = [first * 40 + second];
  for (const arc of others) {
    const groups = [arc & 0x7f];
    for (let more = Math.floor(arc / 128); more > 0; more = Math.floor(more / 128))
      groups.unshift((more & 0x7f) | 0x80);
    out.push(...groups);
  }
  return Buffer.from(out);
}
