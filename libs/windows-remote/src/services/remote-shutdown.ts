export interface ShutdownOptions {
  action: 'restart' | 'powerOff';
  /** How long users are shown the message, and how long `abort` is possible. Windows allows ten years. */
  delaySeconds: number;
  message?: string;
  /** Applications are closed whether they have unsaved work or not. Default false: the computer waits for users. */
  force?: boolean;
  /** For the event log, [MS-RSP] 2.3: default "planned, other". */
  reasonCode?: number;
}

/** Restart and shutdown of the computer. */
export interface RemoteShutdown {
  /**
   * Returns when the computer has accepted; the shutdown itself follows.
   * @returns `alreadyPending` when another one is waiting or under way: this one is not added to it.
   * @throws RemoteError 'denied'/'privilegeNotHeld' or 'accessDenied' when the account may not shut the computer down.
   */
  start(options: ShutdownOptions): Promise<'started' | 'alreadyPending'>;
  /** False when no shutdown was waiting. */
  abort(): Promise<boolean>;
}
