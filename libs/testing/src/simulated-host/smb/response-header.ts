import { commands, Header, headerBytes, headerFlags, WireError } from '@drover/windows-remote/protocol';

/** The messages of one frame: a single one, or a compound chained by NextCommand, [MS-SMB2] 3.3.5.2.7. */
export function splitCompound(frame: Buffer): { header: Header; message: Buffer; isLast: boolean }[] {
  const parts: { header: Header; message: Buffer; isLast: boolean }[] = [];
  for (let at = 0; at < frame.length;) {
    const header = Header.decode(frame.subarray(at));
    const size = header.nextCommand === 0 ? frame.length - at : header.nextCommand;
    if (size < headerBytes || at + size > frame.length || parts.length >= compoundMax)
      throw new WireError('a bad compound', at);
    const isLast = at + size === frame.length;
    parts.push({ header, message: frame.subarray(at, at + size), isLast });
    at += size;
  }
  return parts;
}

export interface ResponseFields {
  status: number;
  credits: number;
  flags?: number;
  sessionId?: bigint | undefined;
  treeId?: number | undefined;
}

export const responseHeader = (request: Header, fields: ResponseFields): Header => ({
  ...request,
  status: fields.status,
  credits: fields.credits,
  flags: headerFlags.serverToRedir | (fields.flags ?? 0),
  nextCommand: 0,
  sessionId: fields.sessionId ?? request.sessionId,
  treeId: fields.treeId ?? request.treeId,
  signature: Buffer.alloc(16),
});

/** The header of an answer that belongs to an AsyncId, [MS-SMB2] 2.2.1.1: it stands where process and tree ids are. */
export const asyncHeader = (request: Header, asyncId: number, fields: ResponseFields): Header => ({
  ...responseHeader(request, { ...fields, flags: headerFlags.async }),
  processId: asyncId,
  treeId: 0,
});

/** Joins answers into one frame: each but the last is padded to 8 bytes and points at the next. */
export function joinCompound(answers: Buffer[]): Buffer[] {
  return answers.map((answer, index) => {
    if (index === answers.length - 1) return answer;
    const size = Math.ceil(answer.length / 8) * 8;
    const padded = Buffer.concat([answer, Buffer.alloc(size - answer.length)]);
    padded.writeUInt32LE(size, nextCommandOffset);
    return padded;
  });
}

/** Sets the signed flag in an encoded message; the signature itself comes after it. */
export const markSigned = (message: Buffer): number =>
  message.writeUInt32LE(message.readUInt32LE(flagsOffset) | headerFlags.signed, flagsOffset);

/** What an SMB 1 NEGOTIATE, which has no such header, is answered as if it had had. */
export const firstHeader: Header = {
  creditCharge: 0,
  status: 0,
  command: commands.negotiate,
  credits: 0,
  flags: 0,
  nextCommand: 0,
  messageId: 0n,
  processId: 0,
  treeId: 0,
  sessionId: 0n,
  signature: Buffer.alloc(16),
};

const compoundMax = 16;
const flagsOffset = 16;
const nextCommandOffset = 20;
