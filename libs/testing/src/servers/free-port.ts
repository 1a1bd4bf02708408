import { createServer } from 'node:net';

/** A port of the loopback address that nothing listens on at this moment; `preferred` when it is free. */
export async function freePort(preferred = 0): Promise<number> {
  return (preferred > 0 && (await tryPort(preferred))) || (await tryPort(0)) || freePort();
}

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(found));
    });
  });
