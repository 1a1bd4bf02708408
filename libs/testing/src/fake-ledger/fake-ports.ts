/** The smaller things that a worker needs, kept in memory: a clock that only waits on paper, names, and accounts. */
import { WindowsCredential } from '@drover/windows-remote';

/** Time passes only by waiting or by being told to. */
export class FakeClock {
  elapsedMs = 0;
  readonly waits: number[] = [];
  /** Called at each wait: what happens in the world meanwhile. */
  meanwhile: (ms: number) => void | Promise<void> = () => undefined;

  constructor(private readonly startedAt = new Date('2026-11-21T10:00:00Z')) {}

  now(): Date {
    return new Date(this.startedAt.getTime() + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.waits.push(ms);
    this.elapsedMs += ms;
    await this.meanwhile(ms);
    if (signal.aborted) throw new Error('aborted while waiting');
  }
}

type Claim = 'use' | 'prove' | 'wait' | 'suspended' | 'superseded';

/** One stored account. */
export class FakeCredentials {
  answer: Claim = 'use';
  isUnreadable = false;
  readonly reports: { result: string; host: string }[] = [];

  async claim(): Promise<Claim> {
    await Promise.resolve();
    return this.answer;
  }

  async open(): Promise<WindowsCredential | 'unreadable'> {
    await Promise.resolve();
    if (this.isUnreadable) return 'unreadable';
    return new WindowsCredential({ username: 'Administrator', password: 'correct horse' });
  }

  async reportLogon(_credential: unknown, result: string, host: string): Promise<void> {
    await Promise.resolve();
    this.reports.push({ result, host });
  }
}
