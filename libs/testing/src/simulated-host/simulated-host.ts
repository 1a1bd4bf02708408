/**
 * One simulated Windows computer: disk, registry, services, Task Scheduler, clock, accounts and faults behind an SMB 3 and
 * DCE/RPC server. Tests arrange and inspect it through these parts; Drover sees only what comes over the network.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { ciphers, dialects, signingAlgorithms } from '@drover/windows-remote/protocol';
import { HostClock } from './computer/clock';
import { DiskMirror } from './computer/disk-mirror';
import { Ledger } from './computer/ledger';
import { fillStandardRegistry } from './computer/standard-registry';
import { StateFolder } from './computer/state-folder';
import { diskDefaultBytes, VirtualDisk } from './computer/virtual-disk';
import { VirtualRegistry, type SavedKey } from './computer/virtual-registry';
import { VirtualServices, type VirtualService } from './computer/virtual-services';
import { VirtualTasks, type SavedTasks } from './computer/virtual-tasks';
import { executeAction } from './execution/execute-action';
import type { CommandScript } from './execution/virtual-command';
import { HostFaults } from './faults';
import { HostPort } from './host-port';
import { registryService } from './rpc/registry-service';
import { RpcEndpoint } from './rpc/rpc-endpoint';
import type { ServedInterface } from './rpc/served-interface';
import { serviceManagerService } from './rpc/service-manager-service';
import { taskSchedulerService } from './rpc/task-scheduler-service';
import { SmbServerConnection } from './smb/connection';
import { spnegoOffer, type Account, type LogonHost } from './smb/logon';
import type { PipeCaller, PipeEndpoint, ServedHost } from './smb/served-host';

export interface SimulatedHostOptions {
  name: string;
  /** A loopback address. */
  address: string;
  /** 0 takes a free one. */
  port: number;
  username: string;
  password: string;
  dnsDomain?: string;
  /** Whether SMB encryption is offered (the default), demanded or absent. */
  encryption?: 'offered' | 'required' | 'off';
  dialects?: readonly number[];
  ciphers?: readonly number[];
  signingAlgorithms?: readonly number[];
  clock?: { speed?: number; offsetMs?: number };
  /** Keeps disk, registry, tasks, services and ledger there. */
  stateFolder?: string;
  diskLimitBytes?: number;
  productName?: string;
  editionId?: string;
  build?: string;
  /** What commands do on this computer. */
  script?: CommandScript;
  sendsInterimResponses?: boolean;
}

export class SimulatedHost implements ServedHost, LogonHost {
  readonly name: string;
  readonly address: string;
  readonly guid: string;
  readonly dnsDomain: string;
  readonly accounts: Account[];
  readonly encryption: 'offered' | 'required' | 'off';
  readonly dialects: readonly number[];
  readonly ciphers: readonly number[];
  readonly signingAlgorithms: readonly number[];
  readonly sendsInterimResponses: boolean;
  readonly clock: HostClock;
  readonly ledger: Ledger;
  readonly faults: HostFaults;
  readonly disk: VirtualDisk;
  readonly registry: VirtualRegistry;
  readonly services: VirtualServices;
  readonly tasks: VirtualTasks;
  readonly logonHost: LogonHost = this;
  /** What commands do on this computer; undefined leaves it to the built-in understanding. */
  script: CommandScript | undefined;
  bootedAt: Date;
  private readonly connections = new Set<SmbServerConnection>();
  private readonly interfaces: Record<string, { served: ServedInterface; needs: string | undefined }>;
  private readonly networkPort: HostPort;
  private nextConnection = 1;
  private isPoweredOn = true;

  constructor(options: SimulatedHostOptions) {
    const state = options.stateFolder === undefined ? undefined : new StateFolder(options.stateFolder);
    this.name = options.name;
    this.address = options.address;
    this.dnsDomain = options.dnsDomain ?? 'fleet.example';
    this.guid = guidOf(options.name);
    this.accounts = [{ username: options.username, password: options.password, isAdministrator: true }];
    this.encryption = options.encryption ?? 'offered';
    this.dialects = options.dialects ?? [dialects.smb300, dialects.smb302, dialects.smb311];
    this.ciphers = options.ciphers ?? [
      ciphers.aes128Gcm,
      ciphers.aes128Ccm,
      ciphers.aes256Gcm,
      ciphers.aes256Ccm,
    ];
    this.signingAlgorithms = options.signingAlgorithms ?? [
      signingAlgorithms.aesGmac,
      signingAlgorithms.aesCmac,
    ];
    this.sendsInterimResponses = options.sendsInterimResponses ?? true;
    this.script = options.script;
    this.clock = new HostClock(options.clock);
    this.bootedAt = this.now();
    this.ledger = new Ledger(this.name, () => this.now(), state?.ledgerFile);
    this.faults = new HostFaults(() => this.applyFaults());
    const mirror = state === undefined ? undefined : new DiskMirror(state.diskFolder);
    this.disk = new VirtualDisk(
      () => this.now(),
      this.ledger,
      options.diskLimitBytes ?? diskDefaultBytes,
      mirror,
    );
    const saveLater =
      (part: string, content: () => unknown): (() => void) =>
      () =>
        state?.save(part, content());
    this.registry = new VirtualRegistry(
      () => this.now(),
      this.ledger,
      saveLater('registry', () => this.registry),
    );
    this.services = new VirtualServices(
      this.clock,
      this.ledger,
      saveLater('services', () => this.services),
    );
    const execute = (command: string, commandArguments: string) =>
      executeAction(command, commandArguments, this.surroundings());
    this.tasks = new VirtualTasks(
      this.clock,
      this.ledger,
      execute,
      saveLater('tasks', () => this.tasks),
    );
    this.restore(state, options);
    this.interfaces = {
      svcctl: { served: serviceManagerService(this.services), needs: undefined },
      winreg: { served: registryService(this.registry), needs: 'RemoteRegistry' },
      atsvc: { served: taskSchedulerService(this.tasks, this.faults), needs: 'Schedule' },
    };
    this.networkPort = new HostPort(options.address, options.port, (socket) => this.accept(socket));
    this.ledger.record({ event: 'started', bootedAt: this.bootedAt.toISOString() });
  }

  get port(): number {
    return this.networkPort.port;
  }

  now(): Date {
    return this.clock.now();
  }

  negotiateToken(): Buffer {
    return spnegoOffer();
  }

  /** Opens its port. A fleet with one listener for all hands sockets to `accept` instead. */
  async listen(): Promise<void> {
    await this.networkPort.set('open');
  }

  /** The fleet listens for it, on this port. */
  shareListener(port: number): void {
    this.networkPort.share(port);
  }

  /** Takes a connection over, or treats it as the faults say when no port of its own can do that. */
  accept(socket: Socket): void {
    const { reachability } = this.faults.current;
    if (!this.isPoweredOn || reachability === 'offline') {
      socket.resetAndDestroy();
      return;
    }
    if (reachability === 'silent' || reachability === 'filtered') {
      socket.on('error', () => socket.destroy());
      socket.resume();
      return;
    }
    const connection = new SmbServerConnection(this.nextConnection, this, socket, (closed) =>
      this.connections.delete(closed),
    );
    this.nextConnection += 1;
    this.connections.add(connection);
  }

  openPipe(name: string, caller: PipeCaller): PipeEndpoint | undefined {
    const found = this.interfaces[name];
    if (found === undefined || (found.needs !== undefined && !this.services.isRunning(found.needs)))
      return undefined;
    return new RpcEndpoint({
      pipe: name,
      interfaces: [found.served],
      caller,
      logonHost: this,
      ledger: this.ledger,
    });
  }

  /** Every connection ends as when a cable is pulled. */
  dropConnections(): void {
    for (const connection of [...this.connections]) connection.destroy();
  }

  /**
   * A restart in the middle of everything: connections drop, processes die without another word, volatile keys are gone.
   * Resolves when the computer answers again. @param offlineMs how long it stays away, in its own time.
   */
  async restart({ offlineMs = restartDefaultMs } = {}): Promise<void> {
    this.isPoweredOn = false;
    this.dropConnections();
    this.tasks.powerOff();
    this.ledger.record({ event: 'wentOffline', because: 'restart' });
    await this.applyFaults();
    await new Promise<void>((resolve) => this.clock.after(offlineMs, resolve));
    this.bootedAt = this.now();
    this.registry.dropVolatile();
    this.services.boot();
    this.isPoweredOn = true;
    this.ledger.record({ event: 'restarted', bootedAt: this.bootedAt.toISOString() });
    this.tasks.boot();
    await this.applyFaults();
  }

  async close(): Promise<void> {
    this.isPoweredOn = false;
    this.dropConnections();
    this.tasks.powerOff();
    await this.networkPort.set('closed');
    this.ledger.close();
  }

  private async applyFaults(): Promise<void> {
    const { reachability } = this.faults.current;
    const isReachable = reachability === 'online' || reachability === 'hostile';
    if (!isReachable) this.dropConnections();
    const isUp = this.isPoweredOn && reachability !== 'offline';
    await this.networkPort.set(!isUp ? 'closed' : reachability === 'filtered' ? 'filtered' : 'open');
    if (this.isPoweredOn) this.ledger.record({ event: 'faultsChanged', faults: { ...this.faults.current } });
  }

  private surroundings() {
    const { name: computerName, bootedAt, clock, ledger, disk, registry, services, script } = this;
    const restart = (delaySeconds: number): void => {
      // Nobody waits for it: the computer goes away and comes back.
      clock.after(delaySeconds * 1000, () => void this.restart());
    };
    return { computerName, bootedAt, clock, ledger, disk, registry, services, script, restart };
  }

  private restore(state: StateFolder | undefined, options: SimulatedHostOptions): void {
    const registry = state?.load('registry') as SavedKey | undefined;
    if (registry !== undefined) {
      this.registry.load(registry);
      this.registry.dropVolatile();
    } else {
      const { productName = 'Windows 10 Pro', editionId = 'Professional', build = '19045' } = options;
      fillStandardRegistry(this.registry, { name: this.name, productName, editionId, build });
    }
    const services = state?.load('services') as VirtualService[] | undefined;
    if (services !== undefined) this.services.load(services);
    const tasks = state?.load('tasks') as SavedTasks | undefined;
    if (tasks !== undefined) this.tasks.load(tasks);
    this.tasks.boot();
  }
}

const restartDefaultMs = 2000;

/** The same name has the same identity in every process. */
function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
