/**
 * How the interfaces of a computer are reached: over a pipe of the SMB session, over TCP by the endpoint mapper, or over
 * whichever is open. Hardening guides close one or the other.
 */
import type { WindowsCredential } from '../auth/credential';
import type { Mechanism } from '../auth/mechanism';
import { NtlmMechanism } from '../auth/ntlm-mechanism';
import { SpnegoMechanism } from '../auth/spnego-mechanism';
import type { RpcLevel } from '../rpc/bind';
import { endpointMapperPort, findPort, openTcp } from '../rpc/endpoint-mapper';
import { RpcClient } from '../rpc/rpc-client';
import type { TcpChannelOptions } from '../rpc/tcp-channel';
import type { OpenClient } from '../services/shared-client';
import type { SmbSession } from '../smb/smb-session';
import { RemoteError } from '../status/remote-error';

export interface RpcOptions {
  /**
   * The way to the interfaces that Windows offers on both: the pipe on port 445, TCP by the endpoint mapper, or
   * `either`, the default: the pipe, and TCP where the pipe is closed.
   */
  transport?: 'pipe' | 'tcp' | 'either';
  /** Protection of the calls themselves, default `privacy`. Task Scheduler refuses `integrity`. */
  level?: RpcLevel;
  /** `spnego` costs one flight more for each interface; default `ntlm`. */
  authentication?: 'ntlm' | 'spnego';
  /** Default 135. */
  endpointMapperPort?: number;
}

export interface RpcWay {
  session: SmbSession;
  credential: WindowsCredential;
  tcp: Omit<TcpChannelOptions, 'port'>;
  options: RpcOptions;
}

export interface RpcDoors {
  overPipe: OpenClient;
  overTcp: OpenClient;
  /** As the options say. */
  overEither: OpenClient;
}

export function rpcDoors(way: RpcWay): RpcDoors {
  const { session, tcp, options } = way;
  const { host } = session;
  const security = () => ({ mechanism: mechanismOf(way), level: options.level, host });
  const overPipe: OpenClient = (target) =>
    RpcClient.open(target, { openPipe: (name, bind) => session.openPipe(name, bind), ...security() });
  const overTcp: OpenClient = async (target) => {
    const port = await findPort(target, { ...tcp, port: options.endpointMapperPort ?? endpointMapperPort });
    return RpcClient.open(target, { openPipe: openTcp({ ...tcp, port }), ...security() });
  };
  const either: OpenClient = async (target) => {
    try {
      return await overPipe(target);
    } catch (error) {
      if (!isClosed(error)) throw error;
      return overTcp(target).catch((second: unknown) => {
        throw isReachable(second) ? second : error;
      });
    }
  };
  const doors = { pipe: overPipe, tcp: overTcp, either };
  return { overPipe, overTcp, overEither: doors[options.transport ?? 'either'] };
}

/** Each association has a security context of its own. */
function mechanismOf({ credential, session, options }: RpcWay): Mechanism {
  const ntlm = new NtlmMechanism(credential, { targetName: `host/${session.host}` });
  return options.authentication === 'spnego' ? new SpnegoMechanism(ntlm) : ntlm;
}

/** The pipe is not there, or this account may not open it. */
const isClosed = (error: unknown): boolean =>
  error instanceof RemoteError && (error.reason === 'notFound' || error.reason === 'accessDenied');

/** When TCP leads nowhere, what the pipe said is the better explanation. */
const isReachable = (error: unknown): boolean =>
  error instanceof RemoteError &&
  error.reason !== 'notFound' &&
  (error.kind !== 'unreachable' || error.reason === 'aborted');
