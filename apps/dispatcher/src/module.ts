import { Bus, Opener, PlatformModule } from '@drover/platform';
import { workPorts } from '@drover/remote-work';
import { Module } from '@nestjs/common';
import { readRunner } from './adapters/runner-file.adapter';
import { DISPATCHER_PORTS, DispatcherHandlers } from './handlers';
import type { DispatcherPorts } from './ports';

/** dispatcher: owns targets in `ready` and `starting`; its jobs at work are the deployment threads. */
@Module({
  imports: [PlatformModule.forService({ name: 'dispatcher', keys: 'private' })],
  providers: [
    {
      provide: DISPATCHER_PORTS,
      useFactory: async (bus: Bus, opener: Opener): Promise<DispatcherPorts> => ({
        ...workPorts(bus, opener, 'dispatcher'),
        runner: await readRunner(),
      }),
      inject: [Bus, Opener],
    },
    DispatcherHandlers,
  ],
})
export class DispatcherModule {}
