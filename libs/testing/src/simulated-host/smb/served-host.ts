import type { Ledger } from '../computer/ledger';
import type { VirtualDisk } from '../computer/virtual-disk';
import type { HostFaults } from '../faults';
import type { LogonHost } from './logon';

/** What the SMB server needs to know of the computer it speaks for. */
export interface ServedHost {
  readonly name: string;
  readonly guid: string;
  readonly dialects: readonly number[];
  readonly ciphers: readonly number[];
  readonly signingAlgorithms: readonly number[];
  readonly encryption: 'offered' | 'required' | 'off';
  readonly faults: HostFaults;
  readonly ledger: Ledger;
  readonly disk: VirtualDisk;
  /** Pipe transactions are answered with an interim response first, as Windows does. */
  readonly sendsInterimResponses: boolean;
  now(): Date;
  /** The SPNEGO offer of the NEGOTIATE response. */
  negotiateToken(): Buffer;
  readonly logonHost: LogonHost;
  /** The server end of a named pipe, or undefined when no process has created it. */
  openPipe(name: string, caller: PipeCaller): PipeEndpoint | undefined;
}

export interface PipeCaller {
  connection: number;
  username: string;
  isAdministrator: boolean;
}

/** Bytes in, messages out. */
export interface PipeEndpoint {
  /** @returns the messages that the bytes have caused, in order; none while a message is incomplete or needs no answer. */
  receive(data: Buffer): Buffer[];
  close(): void;
}
