/** Things a service does again and again, stopped first at a shutdown. */
import { Injectable, Logger } from '@nestjs/common';
import type { ServiceTelemetry } from '../telemetry/telemetry';
import { pause } from './pause';

@Injectable()
export class Timers {
  private readonly log = new Logger('Timers');
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];

  constructor(private readonly telemetry: ServiceTelemetry) {}

  /**
   * Runs `work` at once and then `everyMs` after the end of each run, never twice at a time. An error is logged
   * and the rhythm goes on. The returned function wakes it early.
   */
  every(name: string, everyMs: number, work: (signal: AbortSignal) => Promise<unknown>): () => void {
    let wake = new AbortController();
    const { signal } = this.stopping;
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          await work(signal);
        } catch (error) {
          if (!signal.aborted) this.log.error(`${name} failed`, error);
        }
        await pause(everyMs, AbortSignal.any([signal, wake.signal]));
        if (wake.signal.aborted) wake = new AbortController();
      }
    };
    this.loops.push(this.telemetry.run(loop));
    return () => wake.abort();
  }

  /** Aborted when the service begins to shut down. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Begins no further run and waits for those under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }
}
