/** MIT’s keytab file, version 0x502: the keys of principals. A deleted entry leaves a hole, which is skipped. */
import { Reader } from '../../wire/reader';
import { WireError } from '../../wire/wire-error';

export interface KeytabEntry {
  realm: string;
  /** `['host', 'pc-7.corp.test']`. */
  components: string[];
  keyVersion: number;
  /** The number of the encryption type; whether it is spoken, `encryptionProfile` says. */
  encryptionType: number;
  key: Buffer;
}

const version = 0x0502;
const entriesMax = 10_000;
const componentsMax = 16;

/**
 * Reads every entry in the order of the file.
 * @throws WireError when it is not a keytab of this version, or is cut.
 */
export function decodeKeytab(data: Buffer): KeytabEntry[] {
  const reader = new Reader(data);
  if (unsigned(reader, 2) !== version) throw new WireError('not a keytab of version 0x502', 0);
  const entries: KeytabEntry[] = [];
  while (reader.remaining > 0) {
    const length = reader.buffer.readInt32BE(reader.take(4));
    const start = reader.take(Math.abs(length));
    if (length > 0) entries.push(decodeEntry(reader.part(start, length)));
    if (entries.length > entriesMax) throw new WireError(`more than ${entriesMax} keytab entries`, start);
  }
  return entries;
}

function decodeEntry(reader: Reader): KeytabEntry {
  const count = unsigned(reader, 2);
  if (count > componentsMax) throw new WireError(`a principal of ${count} components`, reader.position);
  const realm = counted(reader).toString('utf8');
  const components = Array.from({ length: count }, () => counted(reader).toString('utf8'));
  const nameTypeAndTimestampBytes = 8;
  reader.take(nameTypeAndTimestampBytes);
  const shortVersion = unsigned(reader, 1);
  const encryptionType = unsigned(reader, 2);
  const key = Buffer.from(counted(reader));
  // The byte cannot count beyond 255, so writers append the whole number; zero means that they left it empty.
  const wholeVersion = reader.remaining >= 4 ? unsigned(reader, 4) : 0;
  return { realm, components, keyVersion: wholeVersion || shortVersion, encryptionType, key };
}

const unsigned = (reader: Reader, bytes: number): number =>
  reader.buffer.readUIntBE(reader.take(bytes), bytes);

const counted = (reader: Reader): Buffer => reader.bytes(unsigned(reader, 2));
