/** Every service, composed. The gateway comes last: whoever reaches it reaches all of them. */
import { AssetInventoryModule } from '@drover/asset-inventory';
import { DispatcherModule } from '@drover/dispatcher';
import { GatewayModule } from '@drover/gateway';
import { PackageCatalogModule } from '@drover/package-catalog';
import { startService, type Configuration, type RunningService } from '@drover/platform';
import { RequirementsCheckerModule } from '@drover/requirements-checker';
import { ResultCollectorModule } from '@drover/result-collector';
import { SchedulerModule } from '@drover/scheduler';

const behind = [
  ['asset-inventory', AssetInventoryModule],
  ['package-catalog', PackageCatalogModule],
  ['scheduler', SchedulerModule],
  ['requirements-checker', RequirementsCheckerModule],
  ['dispatcher', DispatcherModule],
  ['result-collector', ResultCollectorModule],
] as const;

export interface RunningServices {
  gateway: RunningService;
  /** The gateway first, so that nothing is accepted that nobody would carry out. */
  close(): Promise<void>;
}

/** Starts them side by side, and stops those that started when one does not. */
export async function startServices(configuration: Configuration, port: number): Promise<RunningServices> {
  const running: RunningService[] = [];
  const close = async (): Promise<void> => {
    await running.find((service) => service.name === 'gateway')?.close();
    await Promise.all(running.map((service) => service.close()));
  };
  const started = await Promise.allSettled(
    behind.map(async ([name, module]) => {
      running.push(await startService(module, { name, configuration, signals: false }));
    }),
  );
  const failed = started.find((result) => result.status === 'rejected');
  try {
    if (failed) throw failed.reason;
    const gateway = await startService(GatewayModule, {
      name: 'gateway',
      configuration,
      signals: false,
      http: { port },
    });
    running.push(gateway);
    return { gateway, close };
  } catch (error) {
    await close();
    throw error;
  }
}
