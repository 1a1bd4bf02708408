/** Bytes of a file to text with `\n` at the ends of lines. Tools on Windows write UTF-8, UTF-16 and the code pages of their time. */
import { PackageImportError, positionOf } from './package-import-error';

export const fileBytesMax = 16 * 1024 * 1024;

/** @throws PackageImportError 'tooLarge', or 'malformed' with the place of the first byte that is none of its encoding. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length > fileBytesMax)
    throw new PackageImportError('tooLarge', `the file is larger than ${fileBytesMax} bytes`);
  const encoding = encodingOf(bytes);
  const text = decoderFor(encoding).decode(bytes).replace(/\r\n?/g, '\n');
  const broken = /\ufffd/.exec(text);
  if (broken && !isReplacementWritten(bytes))
    throw new PackageImportError(
      'malformed',
      `a byte that is not ${encoding}`,
      positionOf(text, broken.index),
    );
  return text;
}

/** The character that stands for a broken byte can also be in the file itself. */
const isReplacementWritten = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('\ufffd', 0, 'utf8');

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  const start = Buffer.from(bytes.subarray(0, declarationBytesMax)).toString('latin1');
  return /^<\?xml[^>]*\sencoding\s*=\s*["']([\w-]+)["']/.exec(start)?.[1] ?? 'utf-8';
}

function decoderFor(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding);
  } catch (error) {
    throw new PackageImportError('malformed', `the encoding “${encoding}” is not known`, undefined, error);
  }
}

const declarationBytesMax = 200;
