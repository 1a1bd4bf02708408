/** ITaskSchedulerService on \pipe\atsvc, [MS-TSCH] 3.2.5.4, over a simulated computer's tasks. */
import { authLevels, taskScheduler, type NdrValues } from '@drover/windows-remote/protocol';
import type { VirtualTasks } from '../computer/virtual-tasks';
import type { HostFaults } from '../faults';
import { HostRefusal, Hresult } from '../refusal';
import {
  acting,
  refusable,
  serveInterface,
  type Call,
  type Handlers,
  type ServedInterface,
} from './served-interface';

/** Flags of SchRpcRegisterTask, [MS-TSCH] 2.3.1. */
const registerFlags = { validateOnly: 0x1, create: 0x2, update: 0x4, disable: 0x8 } as const;
const taskStates = { disabled: 1, ready: 3, running: 4 } as const;
/** TASK_LOGON_PASSWORD and TASK_LOGON_S4U need the batch logon right, [MS-TSCH] 2.3.9. */
const batchLogonTypes = [1, 2];

type Procedures = typeof taskScheduler.procedures;
type Output<K extends keyof Procedures> = NdrValues<Procedures[K]['output']>;
type Reading =
  | 'highestVersion'
  | 'retrieveTask'
  | 'enumerateFolders'
  | 'enumerateTasks'
  | 'enumerateInstances'
  | 'getLastRunInfo'
  | 'getTaskInfo';

export const taskSchedulerService = (tasks: VirtualTasks, faults: HostFaults): ServedInterface =>
  serveInterface(taskScheduler, { ...readings(tasks), ...changes(tasks, faults) }, authLevels.privacy);

function changes(
  tasks: VirtualTasks,
  faults: HostFaults,
): Handlers<Procedures, Exclude<keyof Procedures, Reading>> {
  const guard = (call: Call): void => {
    if (!call.isAdministrator)
      throw new HostRefusal('hresult', Hresult.accessDenied, 'an administrator is needed');
  };
  return {
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
        const error = isBatch ? Hresult.batchLogonProblem : Hresult.ok;
        return { actualPath: task?.path ?? input.path, errorInfo: undefined, error };
      }),
    createFolder: acting(({ path }, call) => {
      guard(call);
      tasks.createFolder(path);
    }),
    stopInstance: acting(({ instance }, call) => {
      guard(call);
      tasks.stopInstance(instance);
    }),
    stop: acting(({ path }, call) => {
      guard(call);
      tasks.stop(path ?? '');
    }),
    run: (input, call) =>
      refusable<Output<'run'>>({ instance: noGuid }, () => {
        guard(call);
        const values = (input.arguments ?? []).map((argument) => argument ?? '');
        return { instance: tasks.run(input.path, values) };
      }),
    delete: acting(({ path }, call) => {
      guard(call);
      tasks.delete(path);
    }),
  };
}

function readings(tasks: VirtualTasks): Handlers<Procedures, Reading> {
  const listed = (
    what: 'tasks' | 'folders',
    input: { path: string; startIndex: number; requested: number },
  ): Output<'enumerateTasks'> => {
    const all = tasks.names(input.path, what);
    const end = input.startIndex + input.requested;
    const part = all.slice(input.startIndex, end);
    const names = part.length === 0 ? undefined : part;
    const error = end > all.length ? Hresult.false : Hresult.ok;
    return { startIndex: input.startIndex + part.length, nameCount: part.length, names, error };
  };
  const noNames = { startIndex: 0, nameCount: 0, names: undefined };
  return {
    highestVersion: () => ({ version: 0x00010005, error: Hresult.ok }),
    retrieveTask: ({ path }) =>
      refusable<Output<'retrieveTask'>>({ xml: undefined }, () => ({ xml: tasks.existing(path).xml })),
    enumerateFolders: (input) =>
      refusable<Output<'enumerateFolders'>>(noNames, () => listed('folders', input)),
    enumerateTasks: (input) => refusable<Output<'enumerateTasks'>>(noNames, () => listed('tasks', input)),
    enumerateInstances: ({ path }) =>
      refusable<Output<'enumerateInstances'>>({ instanceCount: 0, instances: undefined }, () => {
        const ids = tasks.runningInstances(path).map(({ id }) => id);
        return { instanceCount: ids.length, instances: ids.length === 0 ? undefined : ids };
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
        const idle = enabled ? taskStates.ready : taskStates.disabled;
        return { isEnabled: enabled ? 1 : 0, state: tasks.isRunning(path) ? taskStates.running : idle };
      }),
  };
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
