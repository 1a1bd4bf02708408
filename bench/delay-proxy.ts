/**
 * A TCP proxy on loopback that delays each direction and counts round trips as a bystander sees them: a round trip
 * is counted each time the client speaks after having been answered, and once for the connection itself. Every
 * client in a benchmark goes through it, so that they are counted alike.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DelayProxy {
  port: number;
  /** Round trips since the proxy began, over all connections. */
  roundTrips(): number;
  close(): Promise<void>;
}

export async function startDelayProxy(
  target: { host: string; port: number },
  roundTripMs: number,
): Promise<DelayProxy> {
  let roundTrips = 0;
  const sockets = new Set<Socket>();
  const forward = (from: Socket, to: Socket, onData: () => void): void => {
    from.on('data', (chunk: Buffer) => {
      onData();
      const send = (): void => void (to.destroyed || to.write(chunk));
      if (roundTripMs === 0) send();
      else setTimeout(send, roundTripMs / 2);
    });
    from.on('close', () => setTimeout(() => to.end(), roundTripMs / 2));
    from.on('error', () => to.destroy());
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    sockets.add(client).add(upstream);
    roundTrips += 1;
    let isAnswered = true;
    forward(client, upstream, () => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
    });
    forward(upstream, client, () => {
      isAnswered = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    roundTrips: () => roundTrips,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
