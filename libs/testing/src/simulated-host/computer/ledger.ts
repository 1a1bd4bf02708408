/**
 * The append-only record of everything that was done to one simulated computer, and of everything that it did. Tests ask
 * it what really happened ("begun once?"), whatever Drover reports. With a file, each entry is written before the
 * operation is answered, so the record survives a kill of this process.
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';

export class Ledger {
  private readonly list: LedgerEntry[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly descriptor: number | undefined;
  private nextSequence = 0;

  constructor(
    private readonly host: string,
    private readonly now: () => Date,
    file?: string,
  ) {
    if (file === undefined) return;
    if (existsSync(file) && statSync(file).size > fileMaxBytes) renameSync(file, `${file}.1`);
    if (existsSync(file)) this.list.push(...readLedgerFile(file).slice(-entriesMax));
    this.nextSequence = (this.list.at(-1)?.sequence ?? -1) + 1;
    this.descriptor = openSync(file, 'a');
  }

  record(event: LedgerEvent): void {
    const entry: LedgerEntry = {
      sequence: this.nextSequence,
      host: this.host,
      at: this.now().toISOString(),
      realMs: Date.now(),
      ...event,
    };
    this.nextSequence += 1;
    this.list.push(entry);
    if (this.list.length > entriesMax) this.list.splice(0, entriesMax / 4);
    if (this.descriptor !== undefined) writeSync(this.descriptor, `${JSON.stringify(entry)}\n`);
    for (const wake of [...this.waiting]) wake();
  }

  /** What is held in memory: everything up to `entriesMax`, then the latest; a file holds all. */
  get entries(): readonly LedgerEntry[] {
    return this.list;
  }

  /** Entries of one event, in order. */
  of<E extends LedgerEvent['event']>(event: E): (LedgerEntry & { event: E })[] {
    return this.list.filter((entry): entry is LedgerEntry & { event: E } => entry.event === event);
  }

  /** How many SMB sessions are open at this instant; those of an earlier process ended with it. */
  get openSessions(): number {
    const open = new Set<string>();
    for (const entry of this.list) {
      if (entry.event === 'started') open.clear();
      if (entry.event === 'sessionOpened') open.add(entry.session);
      if (entry.event === 'sessionClosed') open.delete(entry.session);
    }
    return open.size;
  }

  /** Resolves with the first entry that satisfies the condition, past ones included; rejects after `deadlineMs` of real time. */
  async waitFor(
    condition: (entry: LedgerEntry) => boolean,
    deadlineMs = waitDefaultMs,
  ): Promise<LedgerEntry> {
    let next = 0;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
      };
      const look = (): void => {
        const fresh = this.list.slice(Math.max(0, next - (this.list[0]?.sequence ?? 0)));
        for (const entry of fresh) {
          next = entry.sequence + 1;
          if (!condition(entry)) continue;
          finish();
          resolve(entry);
          return;
        }
      };
      const timer = setTimeout(() => {
        finish();
        reject(
          new Error(
            `${this.host}: no such ledger entry within ${deadlineMs} ms; last: ${JSON.stringify(this.list.slice(-3))}`,
          ),
        );
      }, deadlineMs);
      this.waiting.add(look);
      look();
    });
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
  }
}

const waitDefaultMs = 10_000;
/** Beyond this the oldest quarter leaves memory: a fleet that somebody tries out for a month must not grow for a month. */
const entriesMax = 200_000;
/** A file beyond this is put aside at the next start. */
const fileMaxBytes = 64 * 1024 * 1024;

/** Reads a ledger file that may still be growing; a line that is not whole yet is left out. */
export function readLedgerFile(file: string): LedgerEntry[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as LedgerEntry);
}

/** `at` is the computer's own clock; `realMs` is this machine's. */
export type LedgerEntry = LedgerEvent & { sequence: number; host: string; at: string; realMs: number };

export type LedgerEvent =
  | { event: 'started'; bootedAt: string }
  | { event: 'restarted'; bootedAt: string }
  | { event: 'wentOffline'; because: string }
  | { event: 'faultsChanged'; faults: Record<string, unknown> }
  | { event: 'connectionOpened'; connection: number; from: string }
  | {
      event: 'connectionClosed';
      connection: number;
      bytesReceived: number;
      bytesSent: number;
      requests: number;
    }
  | { event: 'requestRefused'; connection: number; reason: string }
  | { event: 'logonFailed'; connection: number; username: string; status: number }
  | {
      event: 'sessionOpened';
      connection: number;
      session: string;
      username: string;
      dialect: number;
      cipher: string;
      encrypted: boolean;
    }
  | { event: 'sessionClosed'; connection: number; session: string; how: 'logoff' | 'disconnected' }
  | { event: 'treeConnected'; connection: number; share: string }
  | { event: 'treeRefused'; connection: number; share: string; status: number }
  | { event: 'pipeOpened'; connection: number; pipe: string }
  | { event: 'pipeRefused'; connection: number; pipe: string; status: number }
  | { event: 'rpcBound'; pipe: string; interface: string; authLevel: number; authType: number }
  | { event: 'fileCreated' | 'directoryCreated' | 'fileDeleted' | 'directoryDeleted'; path: string }
  | { event: 'fileWritten'; path: string; sizeBytes: number }
  | { event: 'fileRead'; path: string; offset: number; sizeBytes: number }
  | { event: 'fileRenamed'; path: string; to: string }
  | { event: 'keyCreated' | 'keyDeleted'; path: string }
  | { event: 'valueSet'; path: string; name: string; typeCode: number; sizeBytes: number }
  | { event: 'valueDeleted'; path: string; name: string }
  | { event: 'serviceConfigured'; service: string; startType: string }
  | { event: 'serviceState'; service: string; state: string }
  | { event: 'taskFolderCreated' | 'taskFolderDeleted'; path: string }
  | { event: 'taskRegistered'; path: string; command: string; arguments: string; replaced: boolean }
  | { event: 'taskRefused'; path: string; code: number }
  | { event: 'taskRun'; path: string; instance: string; arguments: string; trigger: 'demand' | 'time' }
  | { event: 'taskRunIgnored'; path: string; arguments: string }
  | { event: 'taskStopped' | 'taskDeleted' | 'taskExpired'; path: string }
  | { event: 'taskEnded'; path: string; instance: string; code: number }
  | { event: 'attemptBegun'; attempt: string }
  | { event: 'attemptResumed'; attempt: string; step: number }
  | { event: 'secondStartRefused'; attempt: string }
  | { event: 'stepStarted'; attempt: string; run: number; step: number; command: string }
  | { event: 'stepEnded'; attempt: string; run: number; step: number; exitCode: number; ended: string }
  | { event: 'attemptEnded'; attempt: string; end: string; lastExitCode: number }
  | { event: 'attemptKilled'; attempt: string; because: string }
  | { event: 'attemptSwept'; attempt: string; removed: boolean };
