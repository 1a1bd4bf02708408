import { Bus, Opener, PlatformModule } from '@drover/platform';
import { workPorts } from '@drover/remote-work';
import { Module } from '@nestjs/common';
import { tcpDoors } from './adapters/doors.adapter';
import { CHECKER_PORTS, CheckerHandlers } from './handlers';
import type { CheckerPorts } from './ports';

/** requirements-checker: owns targets in `checking`. */
@Module({
  imports: [PlatformModule.forService({ name: 'requirements-checker', keys: 'private' })],
  providers: [
    {
      provide: CHECKER_PORTS,
      useFactory: (bus: Bus, opener: Opener): CheckerPorts => ({
        ...workPorts(bus, opener, 'requirements-checker'),
        doors: tcpDoors,
      }),
      inject: [Bus, Opener],
    },
    CheckerHandlers,
  ],
})
export class RequirementsCheckerModule {}
