/** What administrators ask of a computer and Drover's workers do not: the fake refuses it, or keeps what little state it has. */
import {
  RemoteError,
  type RegistryKey,
  type RemoteServices,
  type RemoteTasks,
  type WindowsHost,
} from '@drover/windows-remote';
import type { FakeComputer } from './fake-computer';

const refuses = (what: string) => (): Promise<never> =>
  Promise.reject(new RemoteError('protocol', 'unsupported', `a fake computer has no ${what}`));

export const keyAdministration: Pick<RegistryKey, 'security' | 'setSecurity'> = {
  security: refuses('registry security'),
  setSecurity: refuses('registry security'),
};

export const taskAdministration: Pick<
  RemoteTasks,
  'enable' | 'folders' | 'instances' | 'security' | 'setSecurity' | 'stopInstance' | 'version'
> = {
  enable: refuses('disabled tasks'),
  folders: refuses('task folders'),
  instances: refuses('task instances'),
  security: refuses('task security'),
  setSecurity: refuses('task security'),
  stopInstance: refuses('task instances'),
  version: refuses('Task Scheduler version'),
};

export const serviceAdministration = (
  computer: FakeComputer,
  arrives: (operation: string) => Promise<void>,
): Pick<RemoteServices, 'list' | 'stop'> => ({
  async stop(name) {
    await arrives(`services.stop ${name}`);
    const found = computer.services.get(name);
    if (!found) throw new RemoteError('refused', 'notFound', `no service ${name}`);
    if (found.state === 'stopped') return 'alreadyStopped';
    found.state = 'stopped';
    return 'stopped';
  },
  async list() {
    await arrives('services.list');
    return [...computer.services].map(([name, { state }]) => ({ name, displayName: name, state }));
  },
});

export const hostAdministration: Pick<WindowsHost, 'sessions' | 'shutdown' | 'system'> = {
  shutdown: { start: refuses('shutdown'), abort: refuses('shutdown') },
  sessions: { connections: refuses('sessions'), users: refuses('sessions') },
  system: { identity: refuses('system'), timeOfDay: refuses('system'), shares: refuses('system') },
};
