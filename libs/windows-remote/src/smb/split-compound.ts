import { WireError } from '../wire/wire-error';
import { headerBytes } from './messages/header';

/** Where NextCommand stands in the header. */
const nextCommandAt = 20;
/** Compounds sent here have at most a handful of messages. */
const messagesMax = 64;

/** The messages of a compound, each with its padding, which its signature covers; [MS-SMB2] 3.2.5.1.9. */
export function splitCompound(data: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  let start = 0;
  for (;;) {
    if (data.length - start < headerBytes) throw new WireError('truncated SMB 2 header', start);
    const next = data.readUInt32LE(start + nextCommandAt);
    if (next === 0) {
      messages.push(data.subarray(start));
      return messages;
    }
    if (next % 8 !== 0 || next < headerBytes || start + next > data.length)
      throw new WireError('bad NextCommand', start + nextCommandAt);
    messages.push(data.subarray(start, start + next));
    start += next;
    if (messages.length >= messagesMax) throw new WireError('too many messages in a compound', start);
  }
}
