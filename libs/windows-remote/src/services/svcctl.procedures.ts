/** Service Control Manager, [MS-SCMR] 3.1.4. */
import { byteArray, conformantArray, contextHandle, dword, struct, unique, wstring } from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';

/** SERVICE_STATUS, [MS-SCMR] 2.2.47. */
const serviceStatus = struct({
  type: dword,
  state: dword,
  controlsAccepted: dword,
  win32ExitCode: dword,
  specificExitCode: dword,
  checkPoint: dword,
  waitHintMs: dword,
});

/** QUERY_SERVICE_CONFIGW, [MS-SCMR] 2.2.15. */
const serviceConfig = struct({
  type: dword,
  startType: dword,
  errorControl: dword,
  binaryPath: unique(wstring),
  loadOrderGroup: unique(wstring),
  tagId: dword,
  dependencies: unique(wstring),
  startName: unique(wstring),
  displayName: unique(wstring),
});

export const svcctl = rpcInterface({
  uuid: '367abb81-9844-35f1-ad32-98f038001003',
  major: 2,
  minor: 0,
  pipeName: 'svcctl',
  procedures: {
    /** RCloseServiceHandle, [MS-SCMR] 3.1.4.1. */
    closeHandle: procedure(0, { handle: contextHandle }, { handle: contextHandle, error: dword }),
    /** RControlService, [MS-SCMR] 3.1.4.2. */
    control: procedure(
      1,
      { service: contextHandle, control: dword },
      { status: serviceStatus, error: dword },
    ),
    /** RQueryServiceStatus, [MS-SCMR] 3.1.4.7. */
    queryStatus: procedure(6, { service: contextHandle }, { status: serviceStatus, error: dword }),
    /** RChangeServiceConfigW, [MS-SCMR] 3.1.4.11. 0xFFFFFFFF and null leave a field as it is. */
    changeConfig: procedure(
      11,
      {
        service: contextHandle,
        type: dword,
        startType: dword,
        errorControl: dword,
        binaryPath: unique(wstring),
        loadOrderGroup: unique(wstring),
        tagId: unique(dword),
        dependencies: unique(byteArray),
        dependenciesBytes: dword,
        startName: unique(wstring),
        password: unique(byteArray),
        passwordBytes: dword,
        displayName: unique(wstring),
      },
      { tagId: unique(dword), error: dword },
    ),
    /** ROpenSCManagerW, [MS-SCMR] 3.1.4.15. */
    openManager: procedure(
      15,
      { machineName: unique(wstring), databaseName: unique(wstring), access: dword },
      { manager: contextHandle, error: dword },
    ),
    /** ROpenServiceW, [MS-SCMR] 3.1.4.16. */
    openService: procedure(
      16,
      { manager: contextHandle, name: wstring, access: dword },
      { service: contextHandle, error: dword },
    ),
    /** RQueryServiceConfigW, [MS-SCMR] 3.1.4.17. */
    queryConfig: procedure(
      17,
      { service: contextHandle, bufferBytes: dword },
      { config: serviceConfig, neededBytes: dword, error: dword },
    ),
    /** RStartServiceW, [MS-SCMR] 3.1.4.19. */
    startService: procedure(
      19,
      { service: contextHandle, argumentCount: dword, arguments: unique(conformantArray(unique(wstring))) },
      { error: dword },
    ),
  },
});

/** For administrators; a server that only has to start services does without. */
export const serviceListing = {
  /** REnumServicesStatusW, [MS-SCMR] 3.1.4.14. The buffer comes back as large as it was offered; see service-list.ts. */
  enumerate: procedure(
    14,
    {
      manager: contextHandle,
      serviceType: dword,
      serviceState: dword,
      bufferBytes: dword,
      resumeIndex: unique(dword),
    },
    {
      buffer: byteArray,
      neededBytes: dword,
      serviceCount: dword,
      resumeIndex: unique(dword),
      error: dword,
    },
  ),
} as const;
