import { HostRefusal, Win32 } from '../refusal';
import type { HostClock } from './clock';
import type { Ledger } from './ledger';

/** SERVICE_STATUS current states, [MS-SCMR] 2.2.47. */
export const ServiceState = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;
/** Start types of a service's configuration, [MS-SCMR] 2.2.15. */
export const StartType = { automatic: 2, manual: 3, disabled: 4 } as const;

export type ServiceStateName = keyof typeof ServiceState;
export type StartTypeName = keyof typeof StartType;

export interface VirtualService {
  name: string;
  displayName: string;
  state: ServiceStateName;
  startType: StartTypeName;
  binaryPath: string;
}

/** The service manager of a simulated computer. Starting and stopping take `changeMs` of its time. */
export class VirtualServices {
  private readonly services = new Map<string, VirtualService>();
  private readonly pending = new Map<VirtualService, () => void>();

  constructor(
    private readonly clock: HostClock,
    private readonly ledger: Ledger,
    private readonly save: () => void = () => undefined,
    public changeMs = changeDefaultMs,
  ) {
    for (const service of standardServices) this.services.set(service.name.toLowerCase(), { ...service });
  }

  find(name: string): VirtualService | undefined {
    return this.services.get(name.toLowerCase());
  }

  get all(): VirtualService[] {
    return [...this.services.values()];
  }

  isRunning(name: string): boolean {
    return this.find(name)?.state === 'running';
  }

  /** Sets state or start type at once, as a test's arrangement or a change of the configuration. */
  configure(name: string, change: Partial<Pick<VirtualService, 'state' | 'startType'>>): void {
    const service = this.existing(name);
    this.pending.get(service)?.();
    this.pending.delete(service);
    if (change.state !== undefined) service.state = change.state;
    if (change.startType !== undefined && change.startType !== service.startType) {
      service.startType = change.startType;
      this.ledger.record({ event: 'serviceConfigured', service: service.name, startType: change.startType });
    }
    this.save();
  }

  start(name: string): void {
    const service = this.existing(name);
    if (service.startType === 'disabled') throw new HostRefusal('win32', Win32.serviceDisabled, name);
    if (service.state === 'running' || service.state === 'startPending') {
      throw new HostRefusal('win32', Win32.serviceAlreadyRunning, name);
    }
    this.change(service, 'startPending', 'running');
  }

  stop(name: string): void {
    const service = this.existing(name);
    if (service.state !== 'running') throw new HostRefusal('win32', Win32.serviceNotActive, name);
    this.change(service, 'stopPending', 'stopped');
  }

  /** After a restart: automatic services run, the others do not. */
  boot(): void {
    for (const cancel of this.pending.values()) cancel();
    this.pending.clear();
    for (const service of this.services.values())
      service.state = service.startType === 'automatic' ? 'running' : 'stopped';
    this.save();
  }

  toJSON(): VirtualService[] {
    return this.all;
  }

  load(saved: VirtualService[]): void {
    for (const service of saved) {
      const settled =
        service.state === 'startPending'
          ? 'running'
          : service.state === 'stopPending'
            ? 'stopped'
            : service.state;
      this.services.set(service.name.toLowerCase(), { ...service, state: settled });
    }
  }

  private change(service: VirtualService, meanwhile: ServiceStateName, finally_: ServiceStateName): void {
    service.state = meanwhile;
    this.ledger.record({ event: 'serviceState', service: service.name, state: meanwhile });
    const cancel = this.clock.after(this.changeMs, () => {
      this.pending.delete(service);
      service.state = finally_;
      this.ledger.record({ event: 'serviceState', service: service.name, state: finally_ });
      this.save();
    });
    this.pending.set(service, cancel);
  }

  private existing(name: string): VirtualService {
    const service = this.find(name);
    if (service === undefined) throw new HostRefusal('win32', Win32.serviceDoesNotExist, name);
    return service;
  }
}

const changeDefaultMs = 150;

const svchost = (group: string): string => `C:\\Windows\\system32\\svchost.exe -k ${group} -p`;

const standardServices: VirtualService[] = [
  {
    name: 'LanmanServer',
    displayName: 'Server',
    state: 'running',
    startType: 'automatic',
    binaryPath: svchost('smbsvcs'),
  },
  {
    name: 'RemoteRegistry',
    displayName: 'Remote Registry',
    state: 'running',
    startType: 'automatic',
    binaryPath: svchost('localService'),
  },
  {
    name: 'Schedule',
    displayName: 'Task Scheduler',
    state: 'running',
    startType: 'automatic',
    binaryPath: svchost('netsvcs'),
  },
  {
    name: 'Spooler',
    displayName: 'Print Spooler',
    state: 'running',
    startType: 'automatic',
    binaryPath: 'C:\\Windows\\System32\\spoolsv.exe',
  },
  {
    name: 'Winmgmt',
    displayName: 'Windows Management Instrumentation',
    state: 'running',
    startType: 'automatic',
    binaryPath: svchost('netsvcs'),
  },
];
