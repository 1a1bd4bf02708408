/** Lines that say what the start is doing, each with its seconds. */
export class Progress {
  private readonly startedAt = Date.now();

  constructor(private readonly write: (line: string) => void) {}

  say(line: string): void {
    this.write(`  ${line}`);
  }

  /** Says that a phase begins, and how long it took when it has ended. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = Date.now();
    this.write(`${name} …`);
    const result = await work();
    this.write(`${name}: ${seconds(startedAt)}`);
    return result;
  }

  total(): string {
    return seconds(this.startedAt);
  }
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
