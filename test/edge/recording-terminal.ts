import type { Terminal } from '@drover/cli';

/** A terminal in memory. */
export class RecordingTerminal implements Terminal {
  output = '';
  errors = '';
  drawn: string[] = [];
  columns = 100;
  rows = 30;
  input = '';
  workingFolder = '/';
  private readonly interrupt = new AbortController();
  readonly interrupted = this.interrupt.signal;

  constructor(
    readonly environment: Record<string, string | undefined>,
    readonly isInteractive = false,
  ) {}

  out(text: string): void {
    this.output += text;
  }

  err(text: string): void {
    this.errors += text;
  }

  async readInput(): Promise<string> {
    return this.input;
  }

  redraw(text: string): void {
    this.drawn.push(text);
  }

  redrawDone(): void {
    this.drawn.push('(done)');
  }

  pressCtrlC(): void {
    this.interrupt.abort();
  }
}
