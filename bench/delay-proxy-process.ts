/** The proxy of delay-proxy.ts. Arguments: host, port, round trip in ms. Prints its port, and its count for every line it reads. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [host = '127.0.0.1', port = '445', roundTripMs = '0'] = process.argv.slice(2);
const oneWayMs = Number(roundTripMs) / 2;
let roundTrips = 0;

function forward(from: Socket, to: Socket, onData: () => void): void {
  from.on('data', (chunk: Buffer) => {
    onData();
    const send = (): void => void (to.destroyed || to.write(chunk));
    if (oneWayMs === 0) send();
    else setTimeout(send, oneWayMs);
  });
  from.on('close', () => setTimeout(() => to.end(), oneWayMs));
  from.on('error', () => to.destroy());
}

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host, port: Number(port), noDelay: true });
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
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
const lines = createInterface({ input: process.stdin });
lines.on('line', () => console.log(roundTrips));
lines.on('close', () => process.exit(0));
