/**
 * One Windows computer, reached over one TCP connection: files, registry, services and tasks share one SMB session.
 * Calls that are started together leave together: `Promise.all` is the pipelining.
 */
import type { WindowsCredential } from '../auth/credential';
import { RpcRegistry } from '../services/rpc-registry';
import { RpcServices } from '../services/rpc-services';
import { RpcShutdown } from '../services/rpc-shutdown';
import { RpcSystem } from '../services/rpc-system';
import { RpcTasks } from '../services/rpc-tasks';
import { SmbFiles } from '../smb/smb-files';
import { SmbSession } from '../smb/smb-session';
import type { RemoteFiles } from '../smb/remote-files';
import type { RemoteRegistry } from '../services/remote-registry';
import type { RemoteServices } from '../services/remote-services';
import type { RemoteShutdown } from '../services/remote-shutdown';
import type { RemoteSessions, RemoteSystem } from '../services/remote-system';
import type { RemoteTasks } from '../services/remote-tasks';
import type { RpcOptions } from './open-rpc';
import { rpcDoors } from './open-rpc';

export interface HostAddress {
  /** IPv4 address. */
  address: string;
  /** Default 445. */
  port?: number;
  /** The computer's name, for messages and for the name that NTLM vouches for. */
  name?: string;
}

export interface ConnectOptions {
  /** Limit for each operation, default 30,000. */
  deadlineMs?: number;
  connectTimeoutMs?: number;
  /** `preferred` (default) encrypts where the computer offers it and signs otherwise; `required` refuses other computers. */
  encryption?: 'preferred' | 'required';
  signal?: AbortSignal;
  /** Called before each batch of requests is written; a rejection stops the connection before anything is sent. */
  beforeFlight?: () => void | Promise<void>;
  /** How the computer's services are spoken to beside SMB's own protection. */
  rpc?: RpcOptions;
}

export interface HostInfo {
  /** 0x0311 for SMB 3.1.1. */
  dialect: number;
  cipher: string | undefined;
  signing: string;
  serverTime: Date;
  serverGuid: string;
  computerName?: string;
  domainName?: string;
  dnsComputerName?: string;
  osVersion?: string;
}

/** A flight is one round trip: a write after having waited for a reply. */
export interface HostTraffic {
  flights: number;
  bytesSent: number;
  bytesReceived: number;
}

/** What a session offers. An interface, so that a fake can stand in for it. */
export interface WindowsHost {
  readonly info: HostInfo;
  readonly traffic: HostTraffic;
  readonly files: RemoteFiles;
  readonly registry: RemoteRegistry;
  readonly services: RemoteServices;
  readonly tasks: RemoteTasks;
  readonly shutdown: RemoteShutdown;
  readonly sessions: RemoteSessions;
  readonly system: RemoteSystem;
  /** Sends LOGOFF without waiting for its answer and closes the socket; the computer closes what was left open. */
  close(): Promise<void>;
}

/** As for the SMB session. */
const rpcDefaults = { deadlineMs: 30_000, connectTimeoutMs: 10_000 } as const;

/** `WindowsHost.connect` is the one way in. */
export const WindowsHost = { connect };

/**
 * Connects and logs on: four flights with the TCP handshake. Nothing is opened yet; shares and pipes are when they
 * are first needed, or early by `files.connect()`, `registry.open()` and `tasks.open()`.
 * @throws RemoteError 'unreachable' when there is no computer, 'denied' with the reason why the logon failed,
 *   'protocol' when what answers is not a Windows computer that can be spoken to safely.
 */
async function connect(
  address: HostAddress,
  credential: WindowsCredential,
  options: ConnectOptions = {},
): Promise<WindowsHost> {
  const session = await SmbSession.connect(address, credential, options);
  const { host } = session;
  const { traffic } = session.connection;
  const { deadlineMs = rpcDefaults.deadlineMs, connectTimeoutMs = rpcDefaults.connectTimeoutMs } = options;
  const { signal, beforeFlight } = options;
  const { overPipe, overTcp, overEither } = rpcDoors({
    session,
    credential,
    tcp: { address: address.address, host, deadlineMs, connectTimeoutMs, signal, beforeFlight, traffic },
    options: options.rpc ?? {},
  });
  const system = new RpcSystem(overPipe, host);
  return {
    info: session.info,
    traffic,
    files: new SmbFiles(() => session.tree('C$')),
    registry: new RpcRegistry(overPipe, host),
    services: new RpcServices(overPipe, host),
    tasks: new RpcTasks(overEither, host),
    shutdown: new RpcShutdown({ overPipe, overTcp }, host),
    sessions: system,
    system,
    close: async () => session.close(),
  };
}
