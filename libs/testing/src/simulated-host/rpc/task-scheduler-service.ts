/** ITaskSchedulerService on \pipe\atsvc, [MS-TSCH] 3.2.5.4, over a simulated computer's tasks. */
import { authLevels, taskScheduler, type NdrValues } from '@drover/windows-remote/protocol';
import type { VirtualTasks } from '../computer/virtual-tasks';
import type { HostFaults } from '../faults';
import { HostRefusal, Hresult } from '../refusal';
import { refusable, serveInterface, type Call, type ServedInterface } from './served-interface';

/** Flags of SchRpcRegisterTask, [MS-TSCH] 2.3.1. */
const registerFlags = { validateOnly: 0x1, create: 0x2, update: 0x4, disable: 0x8 } as const;
const taskStates = { disabled: 1, ready: 3, running: 4 } as const;
/** TASK_LOGON_PASSWORD and TASK_LOGON_S4U need the batch logon right, [MS-TSCH] 2.3.9. */
const batchLogonTypes = [1, 2];

export function taskSchedulerService(tasks: VirtualTasks, faults: HostFaults): ServedInterface {
  type Procedures = typeof taskScheduler.procedures;
  type Output<K extends keyof Procedures> = NdrValues<Procedures[K]['output']>;
  const guard = (call: Call): void => {
    if (!call.isAdministrator)
      throw new HostRefusal('hresult', Hresult.accessDenied, 'an administrator is needed');
  };
  const listed = (
    path: string,
    what: 'tasks' | 'folders',
    startIndex: number,
    requested: number,
  ): Output<'enumerateTasks'> => {
    const all = tasks.names(path, what);
    const part = all.slice(startIndex, startIndex + requested);
    const names = part.length === 0 ? undefined : part;
    return {
      startIndex: startIndex + part.length,
      nameCount: part.length,
      names,
      error: startIndex + requested > all.length ? Hresult.false : Hresult.ok,
    };
  };
  const noNames = { startIndex: 0, nameCount: 0, names: undefined };

  return serveInterface(
    taskScheduler,
    {
      highestVersion: () => ({ version: 0x00010005, error: Hresult.ok }),
      registerTask: (input, call) =>
        refusable<Output<'registerTask'>>({ actualPath: undefined, errorInfo: undefined }, () => {
          guard(call);
          const has = (flag: number): boolean => (input.flags & flag) !== 0;
          const flags = {
            validateOnly: has(registerFlags.validateOnly),
            create: has(registerFlags.create),
            update: has(registerFlags.update),
            disable: has(registerFlags.disable),
          };
          const task = tasks.register(input.path ?? '', input.xml, flags, input.sddl);
          const isBatch = faults.current.batchLogonMissing && batchLogonTypes.includes(input.logonType);
          return {
            actualPath: task?.path ?? input.path,
            errorInfo: undefined,
            error: isBatch ? Hresult.batchLogonProblem : Hresult.ok,
          };
        }),
      retrieveTask: ({ path }) =>
        refusable<Output<'retrieveTask'>>({ xml: undefined }, () => ({ xml: tasks.existing(path).xml })),
      createFolder: ({ path }, call) =>
        refusable<Output<'createFolder'>>({}, () => {
          guard(call);
          tasks.createFolder(path);
          return {};
        }),
      enumerateFolders: ({ path, startIndex, requested }) =>
        refusable<Output<'enumerateFolders'>>(noNames, () => listed(path, 'folders', startIndex, requested)),
      enumerateTasks: ({ path, startIndex, requested }) =>
        refusable<Output<'enumerateTasks'>>(noNames, () => listed(path, 'tasks', startIndex, requested)),
      enumerateInstances: ({ path }) =>
        refusable<Output<'enumerateInstances'>>({ instanceCount: 0, instances: undefined }, () => {
          const ids = tasks.runningInstances(path).map(({ id }) => id);
          return { instanceCount: ids.length, instances: ids.length === 0 ? undefined : ids };
        }),
      stopInstance: ({ instance }, call) =>
        refusable<Output<'stopInstance'>>({}, () => {
          guard(call);
          tasks.stopInstance(instance);
          return {};
        }),
      stop: ({ path }, call) =>
        refusable<Output<'stop'>>({}, () => {
          guard(call);
          tasks.stop(path ?? '');
          return {};
        }),
      run: (input, call) =>
        refusable<Output<'run'>>({ instance: noGuid }, () => {
          guard(call);
          const values = (input.arguments ?? []).map((argument) => argument ?? '');
          return { instance: tasks.run(input.path, values) };
        }),
      delete: ({ path }, call) =>
        refusable<Output<'delete'>>({}, () => {
          guard(call);
          tasks.delete(path);
          return {};
        }),
      getLastRunInfo: ({ path }) =>
        refusable<Output<'getLastRunInfo'>>({ lastRunAt: systemTime(undefined), lastReturnCode: 0 }, () => {
          const { lastRunAt, lastResult } = tasks.existing(path);
          const error = lastRunAt === undefined ? Hresult.taskHasNotRun : Hresult.ok;
          return { lastRunAt: systemTime(lastRunAt), lastReturnCode: lastResult, error };
        }),
      getTaskInfo: ({ path }) =>
        refusable<Output<'getTaskInfo'>>({ isEnabled: 0, state: 0 }, () => {
          const { enabled } = tasks.existing(path);
          const state = tasks.isRunning(path)
            ? taskStates.running
            : enabled
              ? taskStates.ready
              : taskStates.disabled;
          return { isEnabled: enabled ? 1 : 0, state };
        }),
    },
    authLevels.privacy,
  );
}

const noGuid = '00000000-0000-0000-0000-000000000000';

function systemTime(
  at: Date | undefined,
): NdrValues<(typeof taskScheduler.procedures)['getLastRunInfo']['output']>['lastRunAt'] {
  if (at === undefined)
    return { year: 0, month: 0, dayOfWeek: 0, day: 0, hour: 0, minute: 0, second: 0, milliseconds: 0 };
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    dayOfWeek: at.getUTCDay(),
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    milliseconds: at.getUTCMilliseconds(),
  };
}
