import type { Terminal } from '../src/command/terminal';

/** A terminal that keeps what it was told. */
export class FakeTerminal implements Terminal {
  output = Buffer.alloc(0);
  complaints = '';
  /** What is typed when a password is asked for. */
  typed: string | undefined;

  constructor(readonly environment: Readonly<Record<string, string>> = {}) {}

  get text(): string {
    return this.output.toString();
  }

  write(data: string | Buffer): void {
    this.output = Buffer.concat([this.output, Buffer.from(data)]);
  }

  complain(text: string): void {
    this.complaints += text;
  }

  async askPassword(): Promise<string | undefined> {
    return this.typed;
  }
}
