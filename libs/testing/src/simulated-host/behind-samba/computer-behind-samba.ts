/**
 * A computer of which real Samba serves the files and this project the registry, the service manager and the Task Scheduler:
 * half a witness, since SMB, logon and C$ are not ours. With Wine, tasks run real programs on the drive behind C$, and the
 * attempt's registry key is copied to Wine's registry as they start.
 */
import { HostClock } from '../computer/clock';
import { Ledger } from '../computer/ledger';
import { fillStandardRegistry } from '../computer/standard-registry';
import { VirtualRegistry } from '../computer/virtual-registry';
import { VirtualServices } from '../computer/virtual-services';
import { VirtualTasks, type Execute } from '../computer/virtual-tasks';
import { HostFaults } from '../faults';
import { registryService } from '../rpc/registry-service';
import { RpcEndpoint } from '../rpc/rpc-endpoint';
import type { ServedInterface } from '../rpc/served-interface';
import { serviceManagerService } from '../rpc/service-manager-service';
import { taskSchedulerService } from '../rpc/task-scheduler-service';
import type { LogonHost } from '../smb/logon';
import { PipeSocket } from './pipe-socket';
import { startSamba } from './samba-process';

export interface ComputerBehindSambaOptions {
  address: string;
  /** Default 445. */
  port?: number;
  name?: string;
  username?: string;
  password?: string;
  /** The folder behind C$; below it is a folder `windows`. */
  driveFolder: string;
  /** How tasks run; see `wineExecution`. */
  execute(registry: VirtualRegistry): Execute;
  /** Further lines of Samba's [global]: `server smb encrypt = required`. */
  global?: readonly string[];
}

export interface ComputerBehindSamba {
  name: string;
  address: string;
  port: number;
  username: string;
  password: string;
  ledger: Ledger;
  registry: VirtualRegistry;
  services: VirtualServices;
  tasks: VirtualTasks;
  close(): Promise<void>;
}

/** Starts smbd and the three pipes. @throws Error when Samba is absent or does not start; see `whyNoSamba`. */
export async function startComputerBehindSamba(
  options: ComputerBehindSambaOptions,
): Promise<ComputerBehindSamba> {
  const {
    address,
    port = 445,
    name = 'BEHINDSAMBA',
    username = 'Administrator',
    password = 'Simulated-1!',
  } = options;
  const clock = new HostClock();
  const now = (): Date => clock.now();
  const ledger = new Ledger(name, now);
  const registry = new VirtualRegistry(now, ledger);
  fillStandardRegistry(registry, {
    name,
    productName: 'Windows 10 Pro',
    editionId: 'Professional',
    build: '19045',
  });
  const services = new VirtualServices(clock, ledger);
  const tasks = new VirtualTasks(clock, ledger, options.execute(registry));
  const faults = new HostFaults();
  const accounts = [{ username, password, isAdministrator: true }];
  const logonHost: LogonHost = { name, dnsDomain: 'fleet.example', accounts, faults, now };
  const samba = await startSamba({ ...options, name, port, username, password });
  const served: Record<string, ServedInterface> = {
    atsvc: taskSchedulerService(tasks, faults),
    svcctl: serviceManagerService(services),
    winreg: registryService(registry),
  };
  const caller = { connection: 0, username, isAdministrator: true };
  const pipes = Object.entries(served).map(
    ([pipe, one]) =>
      new PipeSocket(
        samba.pipeFolder,
        pipe,
        () => new RpcEndpoint({ pipe, interfaces: [one], caller, logonHost, ledger }),
      ),
  );
  await Promise.all(pipes.map((pipe) => pipe.listen()));
  const close = async (): Promise<void> => {
    tasks.powerOff();
    await Promise.all(pipes.map((pipe) => pipe.close()));
    await samba.stop();
    ledger.close();
  };
  return { name, address, port, username, password, ledger, registry, services, tasks, close };
}
