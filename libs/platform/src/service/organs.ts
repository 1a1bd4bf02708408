import { Inject, Injectable, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Bus } from '../bus/bus';
import { DATABASE, type DatabaseSettings } from '../database/database';
import { Jobs } from '../jobs/jobs';
import { HandlerDiscovery } from './handlers';
import { InFlight } from './in-flight';
import { Timers } from './timers';

/** What startService starts and stops; only some services have a database. */
@Injectable()
export class Organs {
  constructor(
    @Inject(Bus) readonly bus: Bus,
    @Inject(Jobs) readonly jobs: Jobs,
    @Inject(Timers) readonly timers: Timers,
    @Inject(InFlight) readonly inFlight: InFlight,
    @Inject(HandlerDiscovery) readonly discovery: HandlerDiscovery,
    @Optional() @Inject(DataSource) readonly source?: DataSource,
    @Optional() @Inject(DATABASE) readonly database?: DatabaseSettings,
  ) {}
}
