import type { RemoteErrorReason } from '../status/remote-error';
import { RemoteError } from '../status/remote-error';

/** What the operating system says about a TCP connection, in the words of RemoteError. */
const reasons: Readonly<Record<string, readonly [RemoteErrorReason, string]>> = {
  EHOSTUNREACH: ['noRoute', 'cannot be reached: no route to it'],
  ENETUNREACH: ['noRoute', 'cannot be reached: no route to its network'],
  EHOSTDOWN: ['noRoute', 'cannot be reached: it is down'],
  EADDRNOTAVAIL: ['noRoute', 'cannot be reached from this address'],
  ETIMEDOUT: ['timeout', 'does not answer'],
  ECONNREFUSED: ['connectionRefused', 'refuses the connection'],
  ECONNRESET: ['connectionLost', 'broke the connection'],
  EPIPE: ['connectionLost', 'broke the connection'],
  ENOTFOUND: ['nameNotResolved', 'has a name that does not resolve'],
  EAI_AGAIN: ['nameNotResolved', 'has a name that cannot be resolved at the moment'],
};

export function socketError(error: NodeJS.ErrnoException, host: string): RemoteError {
  const [reason, text] = reasons[error.code ?? ''] ?? (['connectionLost', 'cannot be talked to'] as const);
  return new RemoteError('unreachable', reason, `${host} ${text}`, { host }, error);
}
