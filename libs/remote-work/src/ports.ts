/** What a worker needs from the world around it. Adapters stand in adapters/; tests bring fakes. */
import type { Assignment, Cause, Payload, targetFact, targetProgress } from '@drover/contracts';
import type { ConnectOptions, HostAddress, WindowsCredential, WindowsHost } from '@drover/windows-remote';

/** The three numbers by which the ledger tells a stale report from a current one. */
export interface TargetReference {
  targetId: string;
  attempt: number;
  generation: number;
}

export type FactReport = Omit<Payload<typeof targetFact>, 'at'>;
export type ProgressReport = Payload<typeof targetProgress>;

export interface Grant {
  granted: boolean;
  /** The generation that facts carry from here on, when granted. */
  generation: number;
  because?: string | undefined;
}

/** The scheduler, as a worker sees it. Reports resolve only once the bus has acknowledged them. */
export interface Ledger {
  assignment(targetId: string): Promise<Assignment>;
  grant(reference: TargetReference): Promise<Grant>;
  report(fact: FactReport): Promise<void>;
  progress(entry: ProgressReport): Promise<void>;
}

export interface CredentialVersion {
  id: string;
  version: number;
}

export type LogonResult = 'accepted' | 'wrongPassword' | 'other';

/** The stored accounts, with the rule that keeps thousands of computers from locking one. */
export interface Credentials {
  claim(credential: CredentialVersion): Promise<'use' | 'prove' | 'wait' | 'suspended' | 'superseded'>;
  /** Opens the sealed text in memory; `unreadable` when it was sealed to another key or belongs to another row. */
  open(credential: CredentialVersion): Promise<WindowsCredential | 'superseded' | 'unreadable'>;
  reportLogon(credential: CredentialVersion, result: LogonResult, host: string): Promise<void>;
}

export type NameAnswer =
  | { kind: 'found'; address: string }
  | { kind: 'unknownName' }
  /** The name has addresses, none of them IPv4. */
  | { kind: 'noIpv4' }
  /** The name service gave no answer; asking again may help. */
  | { kind: 'noAnswer' };

export interface Names {
  ipv4Of(name: string, domain: string | null): Promise<NameAnswer>;
}

export interface RemoteHosts {
  connect(address: HostAddress, credential: WindowsCredential, options: ConnectOptions): Promise<WindowsHost>;
}

export interface Clock {
  now(): Date;
  /** For durations: never jumps, has no meaning as a time of day. */
  monotonicMs(): number;
  /** Rejects when `signal` is aborted first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** For what an operator may want to read but no fact carries; never a secret. */
export interface Log {
  note(message: string, details: { targetId: string; cause?: Cause }): void;
}

export interface WorkPorts {
  ledger: Ledger;
  credentials: Credentials;
  names: Names;
  hosts: RemoteHosts;
  clock: Clock;
  log: Log;
}

/** How a job ends for its queue: for good, or moved to later. */
export type JobEnd = { kind: 'done' } | { kind: 'again'; afterMs: number };
