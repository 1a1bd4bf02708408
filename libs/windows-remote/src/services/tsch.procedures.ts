/** Task Scheduler's ITaskSchedulerService, [MS-TSCH] 3.2.5.4. `error` is an HRESULT. */
import type { Ndr } from '../rpc/ndr';
import { conformantArray, dword, guid, struct, unique, word, writeVarying, wstring } from '../rpc/ndr';
import { procedure, rpcInterface } from '../rpc/procedure';

/** TASK_USER_CRED, [MS-TSCH] 2.3.8. */
const userCredential = struct({ userId: unique(wstring), password: unique(wstring), flags: dword });

/** TASK_XML_ERROR_INFO, [MS-TSCH] 2.3.10. */
const xmlErrorInfo = struct({ line: dword, column: dword, node: unique(wstring), value: unique(wstring) });

/** SYSTEMTIME, [MS-DTYP] 2.3.13, in the computer's local time. */
const systemTime = struct({
  year: word,
  month: word,
  dayOfWeek: word,
  day: word,
  hour: word,
  minute: word,
  second: word,
  milliseconds: word,
});

const names = unique(conformantArray(unique(wstring)));

/**
 * A string of SchRpcRun's array. Its stated capacity is four characters more than it needs, which NDR allows, for
 * servers made with impacket: their decoder takes the array's pointers for the strings themselves, and with two
 * arguments this size makes it skip exactly the first and read the second right.
 */
const argument: Ndr<string> = {
  ...wstring,
  write(out, value) {
    out.writer.align(4);
    const length = value.length + 1;
    writeVarying(out.writer, length + (length % 2) + 4, length);
    out.writer.bytes(Buffer.from(`${value}\0`, 'utf16le'));
  },
};

export const taskScheduler = rpcInterface({
  uuid: '86d35949-83c9-4044-b424-db363231fd0c',
  major: 1,
  minor: 0,
  pipeName: 'atsvc',
  procedures: {
    /** SchRpcHighestVersion, [MS-TSCH] 3.2.5.4.1. */
    highestVersion: procedure(0, {}, { version: dword, error: dword }),
    /** SchRpcRegisterTask, [MS-TSCH] 3.2.5.4.2. */
    registerTask: procedure(
      1,
      {
        path: unique(wstring),
        xml: wstring,
        flags: dword,
        sddl: unique(wstring),
        logonType: dword,
        credentialCount: dword,
        credentials: unique(conformantArray(userCredential)),
      },
      { actualPath: unique(wstring), errorInfo: unique(xmlErrorInfo), error: dword },
    ),
    /** SchRpcRetrieveTask, [MS-TSCH] 3.2.5.4.3. */
    retrieveTask: procedure(
      2,
      { path: wstring, languages: wstring, languageCount: dword },
      { xml: unique(wstring), error: dword },
    ),
    /** SchRpcCreateFolder, [MS-TSCH] 3.2.5.4.4. */
    createFolder: procedure(3, { path: wstring, sddl: unique(wstring), flags: dword }, { error: dword }),
    /** SchRpcEnumFolders, [MS-TSCH] 3.2.5.4.7. */
    enumerateFolders: procedure(
      6,
      { path: wstring, flags: dword, startIndex: dword, requested: dword },
      { startIndex: dword, nameCount: dword, names, error: dword },
    ),
    /** SchRpcEnumTasks, [MS-TSCH] 3.2.5.4.8. */
    enumerateTasks: procedure(
      7,
      { path: wstring, flags: dword, startIndex: dword, requested: dword },
      { startIndex: dword, nameCount: dword, names, error: dword },
    ),
    /** SchRpcEnumInstances, [MS-TSCH] 3.2.5.4.9. */
    enumerateInstances: procedure(
      8,
      { path: unique(wstring), flags: dword },
      { instanceCount: dword, instances: unique(conformantArray(guid)), error: dword },
    ),
    /** SchRpcStopInstance, [MS-TSCH] 3.2.5.4.11. */
    stopInstance: procedure(10, { instance: guid, flags: dword }, { error: dword }),
    /** SchRpcStop, [MS-TSCH] 3.2.5.4.12. */
    stop: procedure(11, { path: unique(wstring), flags: dword }, { error: dword }),
    /** SchRpcRun, [MS-TSCH] 3.2.5.4.13. */
    run: procedure(
      12,
      {
        path: wstring,
        argumentCount: dword,
        arguments: unique(conformantArray(unique(argument))),
        flags: dword,
        sessionId: dword,
        user: unique(wstring),
      },
      { instance: guid, error: dword },
    ),
    /** SchRpcDelete, [MS-TSCH] 3.2.5.4.14. */
    delete: procedure(13, { path: wstring, flags: dword }, { error: dword }),
    /** SchRpcGetLastRunInfo, [MS-TSCH] 3.2.5.4.17. */
    getLastRunInfo: procedure(
      16,
      { path: wstring },
      { lastRunAt: systemTime, lastReturnCode: dword, error: dword },
    ),
    /** SchRpcGetTaskInfo, [MS-TSCH] 3.2.5.4.18. */
    getTaskInfo: procedure(
      17,
      { path: wstring, flags: dword },
      { isEnabled: dword, state: dword, error: dword },
    ),
  },
});

/** For administrators; a server that only has to run tasks does without. */
export const taskAdministration = {
  /** SchRpcSetSecurity, [MS-TSCH] 3.2.5.4.5. */
  setSecurity: procedure(4, { path: wstring, sddl: wstring, flags: dword }, { error: dword }),
  /** SchRpcGetSecurity, [MS-TSCH] 3.2.5.4.6. */
  getSecurity: procedure(5, { path: wstring, information: dword }, { sddl: unique(wstring), error: dword }),
  /** SchRpcEnableTask, [MS-TSCH] 3.2.5.4.20. */
  enable: procedure(19, { path: wstring, isEnabled: dword }, { error: dword }),
} as const;
