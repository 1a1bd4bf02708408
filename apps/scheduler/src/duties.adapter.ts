/** Wires the ports to their adapters, and keeps the ledger's three duties going: timers, releases, reconciliation. */
import { randomUUID } from 'node:crypto';
import { Bus, Jobs, Outbox, Timers, pause } from '@drover/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { catalogOver, deadLetters, inventoryOver, queuesOver, traces } from './gateways.adapter';
import { postgresLedger } from './ledger.adapter';
import type { Ports } from './ports';
import { reconcileEveryMs, reconcileJobs } from './release/reconcile-jobs';
import { releaseJobs } from './release/release-jobs';
import { fireDueTimers } from './timers/fire-due-timers';

/** How late a due instant, or a turn for which nobody called, may be noticed. */
const lookEveryMs = 1_000;
/** Every fold asks for a release; one round serves all that were asked for in this time. */
const releasesApartMs = 50;

@Injectable()
export class LedgerDuties implements OnApplicationBootstrap {
  readonly ports: Ports;
  private readonly loops: Partial<Record<'timers' | 'release', () => void>> = {};

  constructor(
    source: DataSource,
    outbox: Outbox,
    bus: Bus,
    jobs: Jobs,
    private readonly timers: Timers,
  ) {
    this.ports = {
      ledger: postgresLedger(source, outbox),
      catalog: catalogOver(bus),
      inventory: inventoryOver(bus),
      jobs: queuesOver(jobs),
      traces,
      counters: { staleFacts: 0 },
      deadLetters: () => deadLetters(bus),
      now: () => new Date(),
      uuid: randomUUID,
      wake: (loop) => this.loops[loop]?.(),
    };
  }

  onApplicationBootstrap(): void {
    const { ports } = this;
    this.loops.timers = this.timers.every('due targets', lookEveryMs, async (signal) => {
      for (let turn = await fireDueTimers(ports); turn.isFull && turn.moved > 0 && !signal.aborted;)
        turn = await fireDueTimers(ports);
    });
    this.loops.release = this.timers.every('releases', lookEveryMs, async (signal) => {
      await releaseJobs(ports);
      await pause(releasesApartMs, signal);
    });
    this.timers.every('reconciliation', reconcileEveryMs, () => reconcileJobs(ports));
  }
}
