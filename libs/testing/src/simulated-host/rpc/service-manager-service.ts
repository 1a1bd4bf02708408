/** The service manager on \pipe\svcctl, [MS-SCMR] 3.1.4, over a simulated computer's services. */
import {
  byteArray,
  contextHandle,
  dword,
  procedure,
  rpcInterface,
  svcctl,
  unique,
  type NdrValues,
} from '@drover/windows-remote/protocol';
import {
  ServiceState,
  StartType,
  type StartTypeName,
  type VirtualService,
  type VirtualServices,
} from '../computer/virtual-services';
import { HostRefusal, Win32 } from '../refusal';
import {
  acting,
  nullHandle,
  refusable,
  serveInterface,
  type Call,
  type Handlers,
  type ServedInterface,
} from './served-interface';

/** Procedures that administrators' tools call beside the ones that Drover needs. */
const listing = rpcInterface({
  ...svcctl,
  procedures: {
    ...svcctl.procedures,
    /** REnumServicesStatusW, [MS-SCMR] 3.1.4.22; strings lie in the buffer, behind their records. */
    enumerateServices: procedure(
      14,
      { manager: contextHandle, type: dword, state: dword, bufferBytes: dword, resume: unique(dword) },
      { buffer: byteArray, neededBytes: dword, count: dword, resume: unique(dword), error: dword },
    ),
    /** RQueryServiceStatusEx, [MS-SCMR] 3.1.4.36. */
    queryStatusEx: procedure(
      40,
      { service: contextHandle, level: dword, bufferBytes: dword },
      { buffer: byteArray, neededBytes: dword, error: dword },
    ),
  },
});

class ManagerHandle {}

class ServiceHandle {
  constructor(readonly service: VirtualService) {}
}

type Procedures = typeof listing.procedures;
type Output<K extends keyof Procedures> = NdrValues<Procedures[K]['output']>;

export const serviceManagerService = (services: VirtualServices): ServedInterface =>
  serveInterface(listing, { ...managing(services), ...queries(services), ...changes(services) });

function serviceOf(call: Call, handle: Buffer): VirtualService {
  const found = call.handles.find(handle, ServiceHandle);
  if (found === undefined) throw new HostRefusal('win32', Win32.invalidHandle, 'no such service handle');
  return found.service;
}

function requireManager(call: Call, handle: Buffer): void {
  if (call.handles.find(handle, ManagerHandle) !== undefined) return;
  throw new HostRefusal('win32', Win32.invalidHandle, 'no such manager handle');
}

function managing(
  services: VirtualServices,
): Handlers<Procedures, 'openManager' | 'openService' | 'closeHandle'> {
  return {
    openManager: (_, call) =>
      refusable<Output<'openManager'>>({ manager: nullHandle }, () => {
        if (!call.isAdministrator)
          throw new HostRefusal('win32', Win32.accessDenied, 'an administrator is needed');
        return { manager: call.handles.open(new ManagerHandle()) };
      }),
    openService: ({ manager, name }, call) =>
      refusable<Output<'openService'>>({ service: nullHandle }, () => {
        requireManager(call, manager);
        const service = services.find(name);
        if (service === undefined) throw new HostRefusal('win32', Win32.serviceDoesNotExist, name);
        return { service: call.handles.open(new ServiceHandle(service)) };
      }),
    closeHandle: ({ handle }, call) =>
      refusable<Output<'closeHandle'>>({ handle: nullHandle }, () => {
        if (!call.handles.close(handle))
          throw new HostRefusal('win32', Win32.invalidHandle, 'no such handle');
        return { handle: nullHandle };
      }),
  };
}

type Query = 'queryStatus' | 'queryConfig' | 'enumerateServices' | 'queryStatusEx';

function queries(services: VirtualServices): Handlers<Procedures, Query> {
  return {
    queryStatus: ({ service }, call) =>
      refusable<Output<'queryStatus'>>({ status: noStatus }, () => ({
        status: statusOf(serviceOf(call, service)),
      })),
    queryConfig: ({ service, bufferBytes }, call) => queryConfig(() => serviceOf(call, service), bufferBytes),
    enumerateServices: ({ manager, state, bufferBytes }, call) => {
      const nothing = {
        buffer: Buffer.alloc(Math.min(bufferBytes, bufferMaxBytes)),
        neededBytes: 0,
        count: 0,
        resume: undefined,
      };
      return refusable<Output<'enumerateServices'>>(nothing, () => {
        requireManager(call, manager);
        const wanted = services.all.filter(
          (service) => (state & (service.state === 'stopped' ? 2 : 1)) !== 0,
        );
        return enumerated(wanted, bufferBytes);
      });
    },
    queryStatusEx: ({ service, bufferBytes }, call) =>
      refusable<Output<'queryStatusEx'>>({ buffer: Buffer.alloc(0), neededBytes: 36 }, () => {
        if (bufferBytes < 36 || bufferBytes > bufferMaxBytes)
          throw new HostRefusal('win32', Win32.insufficientBuffer, 'status');
        const buffer = Buffer.alloc(bufferBytes);
        statusBytes(statusOf(serviceOf(call, service))).copy(buffer);
        return { buffer, neededBytes: 36 };
      }),
  };
}

function changes(
  services: VirtualServices,
): Handlers<Procedures, 'changeConfig' | 'startService' | 'control'> {
  return {
    changeConfig: ({ service, startType }, call) =>
      refusable<Output<'changeConfig'>>({ tagId: undefined }, () => {
        const { name } = serviceOf(call, service);
        const wanted = (Object.keys(StartType) as StartTypeName[]).find(
          (known) => StartType[known] === startType,
        );
        if (wanted !== undefined) services.configure(name, { startType: wanted });
        else if (startType !== noChange) throw new HostRefusal('win32', Win32.invalidParameter, 'start type');
        return { tagId: undefined };
      }),
    startService: acting(({ service }, call) => services.start(serviceOf(call, service).name)),
    control: ({ service, control }, call) =>
      refusable<Output<'control'>>({ status: noStatus }, () => {
        const found = serviceOf(call, service);
        if (control === controlStop) services.stop(found.name);
        return { status: statusOf(found) };
      }),
  };
}

type Status = NdrValues<(typeof svcctl.procedures)['queryStatus']['output']>['status'];

const statusOf = (service: VirtualService): Status => ({
  type: sharedProcess,
  state: ServiceState[service.state],
  controlsAccepted: service.state === 'running' ? 5 : 0,
  win32ExitCode: service.state === 'stopped' ? neverStarted : 0,
  specificExitCode: 0,
  checkPoint: service.state.endsWith('Pending') ? 1 : 0,
  waitHintMs: service.state.endsWith('Pending') ? 2000 : 0,
});

const noStatus: Status = {
  type: 0,
  state: 0,
  controlsAccepted: 0,
  win32ExitCode: 0,
  specificExitCode: 0,
  checkPoint: 0,
  waitHintMs: 0,
};

function statusBytes(status: Status): Buffer {
  const bytes = Buffer.alloc(28);
  Object.values(status).forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}

type Config = NdrValues<(typeof svcctl.procedures)['queryConfig']['output']>;

function queryConfig(find: () => VirtualService, bufferBytes: number): Config {
  const absent = {
    binaryPath: undefined,
    loadOrderGroup: undefined,
    dependencies: undefined,
    startName: undefined,
    displayName: undefined,
  };
  const nothing = { type: 0, startType: 0, errorControl: 0, tagId: 0, ...absent };
  let neededBytes = 0;
  const answer = refusable<Config>({ config: nothing, neededBytes: 0 }, () => {
    const service = find();
    neededBytes = 36 + 2 * (service.binaryPath.length + service.displayName.length + localSystem.length + 5);
    if (bufferBytes < neededBytes) throw new HostRefusal('win32', Win32.insufficientBuffer, 'config');
    const config = {
      type: sharedProcess,
      startType: StartType[service.startType],
      errorControl: 1,
      tagId: 0,
      binaryPath: service.binaryPath,
      loadOrderGroup: '',
      dependencies: '',
      startName: localSystem,
      displayName: service.displayName,
    };
    return { config, neededBytes };
  });
  return { ...answer, neededBytes };
}

function enumerated(
  list: VirtualService[],
  bufferBytes: number,
): Omit<NdrValues<(typeof listing.procedures)['enumerateServices']['output']>, 'error'> & { error?: number } {
  const recordBytes = 36;
  const text: Buffer[] = [];
  let textAt = recordBytes * list.length;
  const place = (value: string): number => {
    const bytes = Buffer.from(`${value}\0`, 'utf16le');
    text.push(bytes);
    textAt += bytes.length;
    return textAt - bytes.length;
  };
  const records = list.map((service) => {
    const record = Buffer.alloc(recordBytes);
    record.writeUInt32LE(place(service.name), 0);
    record.writeUInt32LE(place(service.displayName), 4);
    statusBytes(statusOf(service)).copy(record, 8);
    return record;
  });
  const whole = Buffer.concat([...records, ...text]);
  if (bufferBytes > bufferMaxBytes) throw new HostRefusal('win32', Win32.invalidParameter, 'buffer size');
  if (whole.length > bufferBytes) {
    return {
      buffer: Buffer.alloc(bufferBytes),
      neededBytes: whole.length,
      count: 0,
      resume: undefined,
      error: Win32.moreData,
    };
  }
  return {
    buffer: Buffer.concat([whole, Buffer.alloc(bufferBytes - whole.length)]),
    neededBytes: 0,
    count: list.length,
    resume: 0,
  };
}

const localSystem = 'LocalSystem';
const sharedProcess = 0x20;
const controlStop = 1;
const noChange = 0xffffffff;
const bufferMaxBytes = 256 * 1024;
/** ERROR_SERVICE_NEVER_STARTED, [MS-ERREF] 2.2. */
const neverStarted = 1077;
