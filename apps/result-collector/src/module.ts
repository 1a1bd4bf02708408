import { Bus, Opener, PlatformModule } from '@drover/platform';
import { workPorts } from '@drover/remote-work';
import { Module } from '@nestjs/common';
import { COLLECTOR_PORTS, CollectorHandlers } from './handlers';
import { JournalPlaces } from './journal-places';
import type { CollectorPorts } from './ports';

/** result-collector: owns targets in `running`, `cancelling` and `closing`. */
@Module({
  imports: [PlatformModule.forService({ name: 'result-collector', keys: 'private' })],
  providers: [
    {
      provide: COLLECTOR_PORTS,
      useFactory: (bus: Bus, opener: Opener): CollectorPorts => ({
        ...workPorts(bus, opener, 'result-collector'),
        places: new JournalPlaces(),
      }),
      inject: [Bus, Opener],
    },
    CollectorHandlers,
  ],
})
export class ResultCollectorModule {}
