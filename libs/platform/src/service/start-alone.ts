import { startService, type ServiceSettings } from './start-service';

/** Starts a service as a process of its own; when it cannot, says why in one line and ends with 1. */
export function startAlone(module: Parameters<typeof startService>[0], settings: ServiceSettings): void {
  startService(module, settings).catch((error: unknown) => {
    process.stderr.write(`${settings.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
