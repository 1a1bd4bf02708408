/**
 * One Windows computer, reached over one TCP connection: files, registry, services and tasks share one SMB session.
 * Calls that are started together leave together: `Promise.all` is the pipelining.
 */
import type { WindowsCredential } from '../auth/credential';
import { RemoteError } from '../status/remote-error';
import type { RemoteFiles } from '../smb/remote-files';
import type { RemoteRegistry } from '../services/remote-registry';
import type { RemoteServices } from '../services/remote-services';
import type { RemoteTasks } from '../services/remote-tasks';

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

export interface WindowsHost {
  readonly info: HostInfo;
  readonly traffic: HostTraffic;
  readonly files: RemoteFiles;
  readonly registry: RemoteRegistry;
  readonly services: RemoteServices;
  readonly tasks: RemoteTasks;
  /** Sends LOGOFF without waiting for its answer and destroys the socket. */
  close(): Promise<void>;
}

async function connect(
  address: HostAddress,
  _credential: WindowsCredential,
  _options: ConnectOptions = {},
): Promise<WindowsHost> {
  throw new RemoteError('protocol', 'unsupported', 'the SMB session is not built in', {
    host: address.name ?? address.address,
  });
}

/** `WindowsHost.connect` is the one way in. */
export const WindowsHost = { connect };
