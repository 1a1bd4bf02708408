import type { WindowsCredential } from '../auth/credential';

export interface RegisterOptions {
  mode?: 'create' | 'createOrUpdate';
  /**
   * The account that the task logs on with, and its password, which the computer keeps. The definition's principal says
   * `<LogonType>Password</LogonType>`. Without it the definition alone decides, as for SYSTEM.
   */
  account?: WindowsCredential;
  /** Who may see, run and change the task, as SDDL: `D:P(A;;FA;;;BA)(A;;FA;;;SY)`. Default is the folder's. */
  securityDescriptor?: string;
}

export type TaskState = 'unknown' | 'disabled' | 'queued' | 'ready' | 'running';

export interface TaskStatus {
  state: TaskState;
  /** The exit code or HRESULT of the last finished run; 0 when it never ran. */
  lastResult: number;
  hasRun: boolean;
}

/** Task Scheduler. Paths begin with a backslash and name folder and task: `\Drover\attempt-7`. */
export interface RemoteTasks {
  /** Opens the pipe and authenticates; callers at the same time share one opening. */
  open(): Promise<void>;
  /**
   * Registers a task from its XML definition.
   * @returns `batchLogonMissing` when the task is registered but its account may not log on as a batch job (0x4131C).
   * @throws RemoteError 'refused'/'alreadyExists' with mode `create`, the default, when the task is there already.
   */
  register(
    path: string,
    xml: string,
    options?: RegisterOptions,
  ): Promise<{ warning: 'batchLogonMissing' | undefined }>;
  /** @param securityDescriptor as SDDL, for a folder that is created */
  createFolder(path: string, securityDescriptor?: string): Promise<'created' | 'existed'>;
  /**
   * Starts the task. `args` replace `$(Arg0)`, `$(Arg1)` … in its definition.
   * @returns the instance's GUID.
   */
  run(path: string, args: string[]): Promise<string>;
  /** `undefined` when there is no such task. */
  state(path: string): Promise<TaskStatus | undefined>;
  /** Stops all running instances. False when none was running or there is no such task. */
  stop(path: string): Promise<boolean>;
  /** Deletes a task or an empty folder. False when it was not there. A running instance is not stopped. */
  delete(path: string): Promise<boolean>;
  /** Names of the tasks in a folder, hidden ones included; empty when the folder is not there. */
  list(folder: string): Promise<string[]>;
  /** Names of the folders in a folder; empty when it is not there. */
  folders(folder: string): Promise<string[]>;
  /** GUIDs of the running instances; empty when there is no such task. */
  instances(path: string): Promise<string[]>;
  /** False when that instance does not run. */
  stopInstance(instance: string): Promise<boolean>;
  /** Lets the task be run or not. False when it is not there. */
  enable(path: string, isEnabled: boolean): Promise<boolean>;
  /** Owner, group and DACL of a task or folder as SDDL, `undefined` when it is not there. */
  security(path: string): Promise<string | undefined>;
  /** @throws RemoteError 'refused'/'notFound' */
  setSecurity(path: string, securityDescriptor: string): Promise<void>;
  /** The highest version that both sides could speak, as `1.5`. */
  version(): Promise<string>;
  /** The definition as registered, `undefined` when there is no such task. */
  xml(path: string): Promise<string | undefined>;
}
