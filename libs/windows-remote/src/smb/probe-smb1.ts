/**
 * Computers that speak SMB 1 only close the connection when they are addressed in SMB 2, without a word. So that this is
 * not taken for a network fault, such a computer is asked once in SMB 1; whatever it answers, the session ends there.
 */
import { connect } from 'node:net';
import { body, fixed, lengthOf, reserved } from '../wire/body';
import { rest, u16, u32, u8 } from '../wire/codec';
import { protocolIds } from './messages/header';

/** SMB_COM_NEGOTIATE request with its header, [MS-CIFS] 2.2.3.1 and 2.2.4.52.1. */
const NegotiateRequest = body({
  protocolId: fixed(u32, protocolIds.smb1),
  command: fixed(u8, 0x72),
  status: fixed(u32, 0),
  flags: fixed(u8, 0x18),
  flags2: fixed(u16, 0xc853),
  rest: reserved(20),
  wordCount: fixed(u8, 0),
  byteCount: lengthOf(u16, 'dialects'),
  dialects: rest,
});

const answerMaxBytes = 4096;

/** @returns whether something answers in SMB 1; false for any failure, which says no more than the first one did. */
export function answersSmb1(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    let received = Buffer.alloc(0);
    const end = (isSmb1: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isSmb1);
    };
    const timer = setTimeout(() => end(false), timeoutMs);
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('connect', () => {
      const message = NegotiateRequest.encode({ dialects: Buffer.from('\x02NT LM 0.12\0', 'latin1') });
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(message.length);
      socket.write(Buffer.concat([prefix, message]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 8) end(received.readUInt32LE(4) === protocolIds.smb1);
      else if (received.length > answerMaxBytes) end(false);
    });
  });
}
