/** Sits between client and server, shows every frame to the test, and passes on what the test makes of it. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { FrameAssembler } from '../src/smb/frame-assembler';
import { decodeBody, encodeMessage, Header, headerBytes, protocolIds } from '../src/smb/messages/header';
import type { Codec } from '../src/wire/codec';

/** Gets one frame without its length prefix and returns what is sent in its place. */
export type Change = (frame: Buffer) => Buffer;

export interface Tampering {
  request?: Change | undefined;
  reply?: Change | undefined;
}

export interface TamperingProxy {
  address: string;
  port: number;
  /** Everything that the client has sent, frame by frame, as it left the client. */
  requests: Buffer[];
  /** Everything that the server has sent, as it left the server. */
  replies: Buffer[];
  stop(): Promise<void>;
}

const frameMaxBytes = 0x100_0000;

export async function startTamperingProxy(
  server: { address: string; port: number },
  { request, reply }: Tampering = {},
): Promise<TamperingProxy> {
  const requests: Buffer[] = [];
  const replies: Buffer[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const upstream = connect({ host: server.address, port: server.port });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // Either end hangs up on what it does not like; that is what the tests want to see.
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    pass(client, upstream, requests, request);
    pass(upstream, client, replies, reply);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listener.close(() => resolve()));
  };
  return { address: '127.0.0.1', port: (listener.address() as AddressInfo).port, requests, replies, stop };
}

/** A change of one kind of plain message, made by the library's own tables; everything else passes. */
export const changing =
  <T>(command: number, codec: Codec<T>, change: (value: T, header: Header) => T): Change =>
  (frame) => {
    if (frame.length < headerBytes || frame.readUInt32LE(0) !== protocolIds.smb2) return frame;
    const header = Header.decode(frame);
    if (header.command !== command) return frame;
    return encodeMessage(header, codec, change(decodeBody(frame, codec), header));
  };

function pass(from: Socket, to: Socket, seen: Buffer[], change: Change | undefined): void {
  const assembler = new FrameAssembler((frame) => {
    seen.push(Buffer.from(frame));
    const sent = change === undefined ? frame : change(frame);
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(sent.length);
    to.write(Buffer.concat([prefix, sent]));
  });
  assembler.maxFrameBytes = frameMaxBytes;
  from.on('data', (chunk) => assembler.push(chunk));
}
