import { connect } from 'node:net';
import { connectTimeoutMs } from '@drover/remote-work';
import type { CheckerPorts, DoorState } from '../ports';

/** Codes that the network stack gives for a host that cannot be reached at all. */
const noRouteCodes = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
]);

/** Opens a TCP connection and closes it again. */
export const tcpDoors: CheckerPorts['doors'] = {
  knock: (address, signal) =>
    new Promise<DoorState>((resolve, reject) => {
      const socket = connect({ host: address.address, port: address.port ?? 445, family: 4 });
      const stop = (): void => end(() => reject(signal.reason));
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', stop);
        socket.destroy();
        settle();
      };
      signal.addEventListener('abort', stop, { once: true });
      socket.setTimeout(connectTimeoutMs, () => end(() => resolve('timeout')));
      socket.once('connect', () => end(() => resolve('open')));
      socket.once('error', (error: NodeJS.ErrnoException) => end(() => resolve(stateOf(error.code))));
    }),
};

function stateOf(code: string | undefined): DoorState {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'connectionRefused';
  return code !== undefined && noRouteCodes.has(code) ? 'noRoute' : 'timeout';
}
