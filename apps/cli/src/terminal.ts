/** Everything that the command line reads from and writes to; tests give it buffers. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard output is a terminal that can be written over. */
  isInteractive: boolean;
  columns: number;
  rows: number;
  /** The whole of standard input; what exceeds the limit is refused. */
  readInput(): Promise<string>;
  /** Replaces what the last call has written. */
  redraw(text: string): void;
  /** Leaves the last redrawn text where it is. */
  redrawDone(): void;
  environment: Record<string, string | undefined>;
  workingFolder: string;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
}
