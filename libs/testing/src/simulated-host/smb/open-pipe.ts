import type { PipeEndpoint } from './served-host';

/** A named pipe in message mode that one client has open: messages wait here until they are read. */
export class OpenPipe {
  private readonly messages: Buffer[] = [];
  private readonly readers: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly endpoint: PipeEndpoint,
  ) {}

  write(data: Buffer): void {
    this.messages.push(...this.endpoint.receive(data));
    while (this.messages.length > 0 && this.readers.length > 0) this.readers.shift()?.();
  }

  get availableBytes(): number {
    return this.messages.reduce((sum, message) => sum + message.length, 0);
  }

  /** The next message, or its first `maxBytes` bytes with the rest left for the next read; undefined when none waits. */
  read(maxBytes: number): { data: Buffer; more: boolean } | undefined {
    const message = this.messages[0];
    if (message === undefined) return undefined;
    if (message.length <= maxBytes) {
      this.messages.shift();
      return { data: message, more: false };
    }
    this.messages[0] = message.subarray(maxBytes);
    return { data: message.subarray(0, maxBytes), more: true };
  }

  /** Calls back once a message waits. */
  whenReadable(action: () => void): void {
    this.readers.push(action);
  }

  close(): void {
    this.endpoint.close();
    for (const wake of this.readers.splice(0)) wake();
  }
}
