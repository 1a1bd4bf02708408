/** What every service imports: bus, jobs, database, keys, telemetry, timers, health. */
import { Global, Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule, Reflector } from '@nestjs/core';
import { QuestionInterceptor } from '../bus/answers';
import { Bus } from '../bus/bus';
import { connectNats } from '../bus/connection';
import { CONFIGURATION, required, type Configuration } from '../configuration/configuration';
import { DatabaseModule, type DatabaseSettings } from '../database/database';
import { Jobs } from '../jobs/jobs';
import { commandConnection } from '../jobs/redis';
import { Opener, Sealer } from '../secrets/sealed-box';
import type { ServiceTelemetry } from '../telemetry/telemetry';
import { HandlerDiscovery } from './handlers';
import { Health, HealthController } from './health';
import { InFlight } from './in-flight';
import { Organs } from './organs';
import { Timers } from './timers';

/** The injection token of the running service's ServiceTelemetry. */
export const TELEMETRY = Symbol('ServiceTelemetry');

export interface PlatformSettings {
  /** The service's name: on spans, logs and connections. */
  name: string;
  database?: DatabaseSettings;
  /** `public`: a Sealer can be injected. `private`: an Opener too. */
  keys?: 'public' | 'private';
}

@Global()
@Module({})
export class PlatformModule {
  static forService(settings: PlatformSettings): DynamicModule {
    const keys = keyProviders(settings.keys);
    return {
      module: PlatformModule,
      imports: [
        DiscoveryModule,
        ...(settings.database ? [DatabaseModule.forService(settings.database)] : []),
      ],
      controllers: [HealthController],
      providers: [
        busProvider(settings.name),
        jobsProvider,
        { provide: InFlight, useFactory: () => new InFlight() },
        {
          provide: Timers,
          useFactory: (telemetry: ServiceTelemetry) => new Timers(telemetry),
          inject: [TELEMETRY],
        },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (reflector: Reflector, telemetry: ServiceTelemetry, inFlight: InFlight) =>
            new QuestionInterceptor(reflector, telemetry, inFlight),
          inject: [Reflector, TELEMETRY, InFlight],
        },
        HandlerDiscovery,
        Health,
        Organs,
        ...keys,
      ],
      exports: [Bus, Jobs, Timers, InFlight, Health, HandlerDiscovery, ...keys],
    };
  }
}

const busProvider = (name: string): Provider => ({
  provide: Bus,
  useFactory: async (configuration: Configuration) => {
    const url = required(configuration.natsUrl, 'NATS_URL');
    const bus = new Bus(await connectNats(url, name), name);
    await bus.prepare();
    return bus;
  },
  inject: [CONFIGURATION],
});

const jobsProvider: Provider = {
  provide: Jobs,
  useFactory: (configuration: Configuration) => {
    const log = new Logger('Jobs');
    const connection = commandConnection(required(configuration.redisUrl, 'REDIS_URL'));
    connection.on('error', (error) => log.debug('Redis', error));
    return new Jobs(connection, (error) => log.debug('Redis', error));
  },
  inject: [CONFIGURATION],
};

function keyProviders(keys: PlatformSettings['keys']): Extract<Provider, { provide: unknown }>[] {
  const sealer = {
    provide: Sealer,
    useFactory: (configuration: Configuration) => Sealer.fromFile(configuration.publicKeyFile),
    inject: [CONFIGURATION],
  };
  const opener = {
    provide: Opener,
    useFactory: (configuration: Configuration) => Opener.fromFile(configuration.privateKeyFile),
    inject: [CONFIGURATION],
  };
  if (keys === undefined) return [];
  return keys === 'public' ? [sealer] : [opener];
}
