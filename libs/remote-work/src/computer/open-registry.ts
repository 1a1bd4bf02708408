import { RemoteError, type WindowsHost } from '@drover/windows-remote';

const remoteRegistryService = 'RemoteRegistry';
const serviceStartMs = 15_000;

/**
 * Opens the computer's registry, and starts the Remote Registry service when its pipe is missing: Windows stops that
 * service when it idles, so each contact starts it again. The service manager is asked only after the pipe was missing,
 * because that costs several round trips.
 * @returns whether the service had to be started.
 * @throws RemoteError 'refused'/'serviceDisabled' when an administrator has disabled the service.
 */
export async function openRegistry(host: WindowsHost): Promise<'open' | 'started'> {
  try {
    await host.registry.open();
    return 'open';
  } catch (error) {
    if (!(error instanceof RemoteError) || error.reason !== 'notFound') throw error;
  }
  await host.services.start(remoteRegistryService, serviceStartMs);
  await host.registry.open();
  return 'started';
}
