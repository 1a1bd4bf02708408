/** The buffer of REnumServicesStatusW: ENUM_SERVICE_STATUSW, [MS-SCMR] 2.2.11, one after the other, then their names. */
import { body, reserved } from '../wire/body';
import { u32 } from '../wire/codec';
import { WireError } from '../wire/wire-error';

const Entry = body({
  nameOffset: u32,
  displayNameOffset: u32,
  type: u32,
  state: u32,
  rest: reserved(20),
});
const entryBytes = 36;

/** @throws WireError when an entry or a name lies outside of the buffer. */
export function decodeServiceList(
  buffer: Buffer,
  count: number,
): { name: string; displayName: string; state: number }[] {
  if (count * entryBytes > buffer.length) throw new WireError(`${count} services`, 0);
  return Array.from({ length: count }, (_, index) => {
    const entry = Entry.decode(buffer.subarray(index * entryBytes));
    return {
      name: textAt(buffer, entry.nameOffset),
      displayName: textAt(buffer, entry.displayNameOffset),
      state: entry.state,
    };
  });
}

function textAt(buffer: Buffer, offset: number): string {
  for (let end = offset; end + 2 <= buffer.length; end += 2)
    if (buffer.readUInt16LE(end) === 0) return buffer.toString('utf16le', offset, end);
  throw new WireError('a name without its end', offset);
}
