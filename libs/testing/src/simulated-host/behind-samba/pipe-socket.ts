/**
 * A named pipe of our own behind smbd, which opens pipe `x` by connecting to the Unix socket `np/x` below its ncalrpc folder:
 * it says who the client is (NPAM), is told that the pipe works with messages, and from then on each message has two bytes of
 * length before it, both ways.
 */
import { unlinkSync, existsSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { PipeEndpoint } from '../smb/served-host';

/** Listens for one pipe. @param open makes the server end for each client. */
export class PipeSocket {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private readonly path: string;

  constructor(
    pipeFolder: string,
    name: string,
    private readonly open: () => PipeEndpoint,
  ) {
    this.path = join(pipeFolder, name);
  }

  /** The pipe exists from here on. */
  async listen(): Promise<void> {
    if (existsSync(this.path)) unlinkSync(this.path);
    const server = createServer((socket) => this.accept(socket));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** The pipe does not exist any more, as when its service has stopped. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    const endpoint = this.open();
    let received: Buffer = Buffer.alloc(0);
    let isGreeted = false;
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!isGreeted) {
        const rest = greet(socket, received);
        if (rest === undefined) return;
        isGreeted = true;
        received = rest;
      }
      received = exchange(socket, endpoint, received);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.sockets.delete(socket);
      endpoint.close();
    });
  }
}

/** Answers the greeting once it is whole and returns what came behind it. */
function greet(socket: Socket, received: Buffer): Buffer | undefined {
  if (received.length < 4) return undefined;
  const size = received.readUInt32BE(0);
  if (size > greetingMaxBytes || received.length < size + 4) {
    if (size > greetingMaxBytes) socket.destroy();
    return undefined;
  }
  if (received.toString('latin1', 4, 8) !== magic) {
    socket.destroy();
    return undefined;
  }
  const level = received.readUInt32LE(8);
  const answer = Buffer.alloc(answerBytes);
  answer.writeUInt32BE(answerBytes - 4, 0);
  answer.write(magic, 4, 'latin1');
  answer.writeUInt32LE(level, 8);
  answer.writeUInt32LE(level, 12);
  answer.writeUInt16LE(messageModePipe, 16);
  answer.writeUInt16LE(deviceState, 18);
  answer.writeBigUInt64LE(allocationBytes, 24);
  socket.write(answer);
  return received.subarray(size + 4);
}

/** Hands over every whole message and writes what it causes; returns the bytes of the one that is not whole. */
function exchange(socket: Socket, endpoint: PipeEndpoint, received: Buffer): Buffer {
  let rest = received;
  while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16LE(0)) {
    const size = rest.readUInt16LE(0);
    for (const message of endpoint.receive(rest.subarray(2, 2 + size))) {
      const length = Buffer.alloc(2);
      length.writeUInt16LE(message.length);
      socket.write(Buffer.concat([length, message]));
    }
    rest = rest.subarray(2 + size);
  }
  return rest;
}

const magic = 'NPAM';
const greetingMaxBytes = 1024 * 1024;
const answerBytes = 36;
const messageModePipe = 2;
const deviceState = 0x5ff;
const allocationBytes = 4096n;
