/** Every service, composed. The gateway comes last: whoever reaches it reaches all of them. */
import { AssetInventoryModule } from '@drover/asset-inventory';
import { DispatcherModule } from '@drover/dispatcher';
import { unownedStatuses } from '@drover/domain';
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
    refuseUnownedStatuses(running);
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

/** Every status of a target has one service at work in it, or nothing is accepted: no target may wait for nobody. */
function refuseUnownedStatuses(running: RunningService[]): void {
  const services = running.map(({ name, queues }) => ({
    name,
    handles: name === 'scheduler' ? [name] : queues,
  }));
  const complaints = unownedStatuses(services);
  if (complaints.length > 0)
    throw new Error(`the services do not fit the lifecycle: ${complaints.join('; ')}`);
}
