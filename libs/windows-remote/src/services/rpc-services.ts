/**
 * Services of a computer over its service control manager, [MS-SCMR]. Handles stay open until the pipe is closed,
 * which gives them back on the server: a close of its own would cost a flight each.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { win32Error } from '../status/win32';
import { RemoteError } from '../status/remote-error';
import type { RpcClient } from '../rpc/rpc-client';
import type { ListedService, RemoteServices, ServiceStartType, ServiceState } from './remote-services';
import { decodeServiceList } from './service-list';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';
import { serviceListing, svcctl } from './svcctl.procedures';

const { procedures } = svcctl;

/** SC_MANAGER_CONNECT and SC_MANAGER_ENUMERATE_SERVICE, [MS-SCMR] 3.1.4. */
const managerAccess = { connect: 0x0001, enumerate: 0x0004 } as const;
/** Service access rights, [MS-SCMR] 3.1.4. */
const serviceAccess = {
  queryConfig: 0x0001,
  changeConfig: 0x0002,
  queryStatus: 0x0004,
  start: 0x0010,
  stop: 0x0020,
} as const;

/** SERVICE_STATUS.dwCurrentState, [MS-SCMR] 2.2.47, from 1. */
const states: readonly ServiceState[] = [
  'stopped',
  'startPending',
  'stopPending',
  'running',
  'continuePending',
  'pausePending',
  'paused',
];
/** dwStartType, [MS-SCMR] 2.2.15, from 0. */
const startTypes: readonly ServiceStartType[] = ['boot', 'system', 'automatic', 'manual', 'disabled'];

const success = 0;
const alreadyRunning = 1056;
const doesNotExist = 1060;
const notActive = 1062;
const moreData = 234;
/** SERVICE_NO_CHANGE, [MS-SCMR] 3.1.4.11. */
const noChange = 0xffff_ffff;
/** The most that RQueryServiceConfigW may be given, [MS-SCMR] 3.1.4.17. */
const configBytesMax = 8_192;
/** SERVICE_CONTROL_STOP, [MS-SCMR] 3.1.4.2. */
const stopControl = 1;
/** SERVICE_WIN32 and SERVICE_STATE_ALL, [MS-SCMR] 3.1.4.14. */
const everyService = { serviceType: 0x30, serviceState: 0x3 } as const;
/** The most that REnumServicesStatusW may be given, [MS-SCMR] 3.1.4.14. */
const listBytes = { first: 65_536, max: 262_144 } as const;
const listCallsMax = 64;
/** Between two looks at a starting service. */
const pollMs = 100;

type Manager = { client: RpcClient; manager: Buffer; handles: Map<string, Promise<Buffer | undefined>> };

export class RpcServices implements RemoteServices {
  private readonly manager: () => Promise<Manager>;

  constructor(
    openClient: OpenClient,
    private readonly host: string | undefined,
  ) {
    this.manager = sharedClient(async () => {
      const client = await openClient(svcctl);
      const manager = await this.openManager(client, managerAccess.connect);
      return { client, manager, handles: new Map() };
    });
  }

  async query(name: string): Promise<{ state: ServiceState; startType: ServiceStartType } | undefined> {
    const doing = `could not query the service ${name}`;
    const { client, service } = await this.open(name, serviceAccess.queryStatus | serviceAccess.queryConfig);
    if (service === undefined) return undefined;
    const [{ status, error }, answer] = await Promise.all([
      client.call(procedures.queryStatus, { service }, doing),
      client.call(procedures.queryConfig, { service, bufferBytes: configBytesMax }, doing),
    ]);
    this.check(error, doing);
    this.check(answer.error, doing);
    const startType = startTypes[answer.config.startType];
    if (startType === undefined) throw this.unexpected(`a start type of ${answer.config.startType}`);
    return { state: this.stateOf(status.state), startType };
  }

  /** RStartServiceW, [MS-SCMR] 3.1.4.19. Starting a running or starting service is not an error (Win32 1056). */
  async start(name: string, waitMs: number): Promise<'started' | 'alreadyRunning'> {
    const doing = `could not start the service ${name}`;
    const { client, service } = await this.open(name, serviceAccess.start | serviceAccess.queryStatus);
    if (service === undefined) throw win32Error(doesNotExist, doing, { host: this.host });
    const input = { service, argumentCount: 0, arguments: undefined };
    const { error } = await client.call(procedures.startService, input, doing);
    if (error !== alreadyRunning) this.check(error, doing);
    await this.waitFor('running', client, service, name, waitMs);
    return error === alreadyRunning ? 'alreadyRunning' : 'started';
  }

  /** RControlService, [MS-SCMR] 3.1.4.2. Stopping a stopped service is not an error (Win32 1062). */
  async stop(name: string, waitMs: number): Promise<'stopped' | 'alreadyStopped'> {
    const doing = `could not stop the service ${name}`;
    const { client, service } = await this.open(name, serviceAccess.stop | serviceAccess.queryStatus);
    if (service === undefined) throw win32Error(doesNotExist, doing, { host: this.host });
    const { error } = await client.call(procedures.control, { service, control: stopControl }, doing);
    if (error === notActive) return 'alreadyStopped';
    this.check(error, doing);
    await this.waitFor('stopped', client, service, name, waitMs);
    return 'stopped';
  }

  /** REnumServicesStatusW, [MS-SCMR] 3.1.4.14, with a handle of its own: a right to enumerate is not needed elsewhere. */
  async list(): Promise<ListedService[]> {
    const doing = 'could not list the services';
    const { client } = await this.manager();
    const manager = await this.openManager(client, managerAccess.enumerate);
    const found: ListedService[] = [];
    let bufferBytes: number = listBytes.first;
    let resumeIndex = 0;
    for (let call = 0; call < listCallsMax; call += 1) {
      const input = { manager, ...everyService, bufferBytes, resumeIndex };
      const answer = await client.call(serviceListing.enumerate, input, doing);
      if (answer.error !== moreData) this.check(answer.error, doing);
      for (const { name, displayName, state } of decodeServiceList(answer.buffer, answer.serviceCount))
        found.push({ name, displayName, state: this.stateOf(state) });
      if (answer.error !== moreData) return found;
      resumeIndex = answer.resumeIndex ?? 0;
      if (answer.serviceCount === 0) bufferBytes = listBytes.max;
    }
    throw new RemoteError('protocol', 'limitExceeded', 'the list of services does not end', {
      host: this.host,
    });
  }

  async setStartType(name: string, startType: ServiceStartType): Promise<void> {
    const doing = `could not change the start type of the service ${name}`;
    const { client, service } = await this.open(name, serviceAccess.changeConfig);
    if (service === undefined) throw win32Error(doesNotExist, doing, { host: this.host });
    const { error } = await client.call(
      procedures.changeConfig,
      {
        service,
        type: noChange,
        startType: startTypes.indexOf(startType),
        errorControl: noChange,
        binaryPath: undefined,
        loadOrderGroup: undefined,
        tagId: undefined,
        dependencies: undefined,
        dependenciesBytes: 0,
        startName: undefined,
        password: undefined,
        passwordBytes: 0,
        displayName: undefined,
      },
      doing,
    );
    this.check(error, doing);
  }

  private async waitFor(
    wanted: 'running' | 'stopped',
    client: RpcClient,
    service: Buffer,
    name: string,
    waitMs: number,
  ): Promise<void> {
    const doing = `could not wait for the service ${name}`;
    const endsAt = performance.now() + waitMs;
    while (waitMs > 0) {
      const { status, error } = await client.call(procedures.queryStatus, { service }, doing);
      this.check(error, doing);
      const state = this.stateOf(status.state);
      if (state === wanted) return;
      const { host } = this;
      if (state === 'stopped')
        throw new RemoteError('refused', 'serviceNotRunning', `the service ${name} stopped while starting`, {
          host,
          code: status.win32ExitCode,
        });
      const leftMs = endsAt - performance.now();
      const late = `the service ${name} was not ${wanted} in ${waitMs} ms`;
      if (leftMs <= 0) throw new RemoteError('unreachable', 'deadline', late, { host });
      await delay(Math.min(pollMs, leftMs));
    }
  }

  private async openManager(client: RpcClient, access: number): Promise<Buffer> {
    const doing = 'could not open the service manager';
    const input = { machineName: undefined, databaseName: undefined, access };
    const { manager, error } = await client.call(procedures.openManager, input, doing);
    this.check(error, doing);
    return manager;
  }

  private async open(
    name: string,
    access: number,
  ): Promise<{ client: RpcClient; service: Buffer | undefined }> {
    const { client, manager, handles } = await this.manager();
    const doing = `could not open the service ${name}`;
    const ask = async (): Promise<Buffer | undefined> => {
      const answer = await client.call(procedures.openService, { manager, name, access }, doing);
      if (answer.error === doesNotExist) return undefined;
      this.check(answer.error, doing);
      return answer.service;
    };
    const word = `${access} ${name.toLowerCase()}`;
    const asked = handles.get(word) ?? ask();
    handles.set(word, asked);
    try {
      const service = await asked;
      if (service === undefined) handles.delete(word);
      return { client, service };
    } catch (error) {
      handles.delete(word);
      throw error;
    }
  }

  private stateOf(code: number): ServiceState {
    const state = states[code - 1];
    if (state === undefined) throw this.unexpected(`a service state of ${code}`);
    return state;
  }

  private unexpected(what: string): RemoteError {
    return new RemoteError('protocol', 'unexpectedReply', what, { host: this.host });
  }

  private check(code: number, doing: string): void {
    if (code !== success) throw win32Error(code, doing, { host: this.host });
  }
}
