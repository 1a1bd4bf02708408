/**
 * What can be wrong with a simulated computer, all switchable while it runs. `reachability` 'filtered' means that a
 * connection attempt gets no answer at all; 'silent' accepts it and never speaks; 'hostile' answers with garbage.
 */
export interface FaultSettings {
  reachability: 'online' | 'offline' | 'filtered' | 'silent' | 'hostile';
  /** The answer to a logon whose password is right. */
  logon: keyof typeof logonFaults | 'normal';
  /** The account signs in but is no administrator: C$, the service manager, the registry and the scheduler refuse it. */
  noAdministrativeRight: boolean;
  /** Only C$ and ADMIN$ are refused, as for a local account whose token is filtered. */
  filteredToken: boolean;
  /** Real milliseconds before each reply. */
  replyDelayMs: number;
  /** Cuts the connection once so many bytes have passed in one direction; `times` connections, all of them when absent. */
  cut: { direction: 'toHost' | 'fromHost'; afterBytes: number; times?: number } | undefined;
  /** Whole SMB messages after the logon are answered with random bytes of the right length. */
  garbledReplies: boolean;
  /** Registering a task gives the batch logon warning 0x4131C. */
  batchLogonMissing: boolean;
}

/** Windows' status for each logon that is refused although the password is right, [MS-ERREF] 2.3.1. */
export const logonFaults = {
  wrongPassword: 0xc000006d,
  accountLocked: 0xc0000234,
  accountDisabled: 0xc0000072,
  accountExpired: 0xc0000193,
  passwordExpired: 0xc0000071,
  logonTypeNotGranted: 0xc000015b,
  logonHours: 0xc000006f,
  clockSkew: 0xc0000133,
  noTrust: 0xc000018d,
} as const;

const none: FaultSettings = {
  reachability: 'online',
  logon: 'normal',
  noAdministrativeRight: false,
  filteredToken: false,
  replyDelayMs: 0,
  cut: undefined,
  garbledReplies: false,
  batchLogonMissing: false,
};

export class HostFaults {
  private settings: FaultSettings = { ...none };

  constructor(private readonly changed: (settings: FaultSettings) => Promise<void> = async () => undefined) {}

  get current(): Readonly<FaultSettings> {
    return this.settings;
  }

  /** Changes the given settings only; resolves when they are in force (a port is closed, a filter is up). */
  async set(change: Partial<FaultSettings>): Promise<void> {
    this.settings = { ...this.settings, ...change };
    await this.changed(this.settings);
  }

  async clear(): Promise<void> {
    this.settings = { ...none };
    await this.changed(this.settings);
  }

  /** How many more bytes a connection that has moved `movedBytes` may move in one direction before it is cut. */
  bytesUntilCut(direction: 'toHost' | 'fromHost', movedBytes: number): number {
    const cut = this.settings.cut;
    return cut?.direction === direction ? Math.max(0, cut.afterBytes - movedBytes) : Infinity;
  }

  /** A connection was cut: counts it against the `times` that were asked for. */
  countCut(): void {
    const cut = this.settings.cut;
    if (cut?.times === undefined) return;
    this.settings = { ...this.settings, cut: cut.times > 1 ? { ...cut, times: cut.times - 1 } : undefined };
  }
}
