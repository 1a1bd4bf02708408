/**
 * The self-relative security descriptors for what Drover puts on a computer: full access for SYSTEM and the
 * Administrators group, nobody else, nothing inherited from above. [MS-DTYP] 2.4.6
 */
const seSelfRelative = 0x8000;
const seDaclProtected = 0x1000;
const seDaclPresent = 0x0004;
const objectInherit = 0x01;
const containerInherit = 0x02;
const fileAllAccess = 0x001f01ff;
const keyAllAccess = 0x000f003f;
const headerBytes = 20;

/** S-1-5-18 and S-1-5-32-544 as bytes, [MS-DTYP] 2.4.2.2. */
const systemSid = sid(18);
const administratorsSid = sid(32, 544);

/** For C:\Windows\Drover; files in it inherit. */
export const folderDescriptor: Buffer = descriptor(fileAllAccess, objectInherit | containerInherit);
/** For the key of an attempt; subkeys inherit. */
export const keyDescriptor: Buffer = descriptor(keyAllAccess, containerInherit);

function descriptor(accessMask: number, aceFlags: number): Buffer {
  const entries = [systemSid, administratorsSid].map((s) => allowEntry(s, accessMask, aceFlags));
  const head = Buffer.alloc(headerBytes);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(seSelfRelative | seDaclProtected | seDaclPresent, 2);
  head.writeUInt32LE(headerBytes, 16);
  const list = Buffer.alloc(8);
  list.writeUInt8(2, 0);
  list.writeUInt16LE(8 + entries.reduce((sum, e) => sum + e.length, 0), 2);
  list.writeUInt16LE(entries.length, 4);
  return Buffer.concat([head, list, ...entries]);
}

/** ACCESS_ALLOWED_ACE, [MS-DTYP] 2.4.4.2. */
function allowEntry(account: Buffer, accessMask: number, flags: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(0, 0);
  head.writeUInt8(flags, 1);
  head.writeUInt16LE(8 + account.length, 2);
  head.writeUInt32LE(accessMask, 4);
  return Buffer.concat([head, account]);
}

function sid(...subAuthorities: number[]): Buffer {
  const bytes = Buffer.alloc(8 + 4 * subAuthorities.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUInt8(5, 7);
  subAuthorities.forEach((value, index) => bytes.writeUInt32LE(value, 8 + 4 * index));
  return bytes;
}
