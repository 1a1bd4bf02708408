/** Task Scheduler of a computer over `\pipe\atsvc`, [MS-TSCH] 3.2.5.4. It wants packet privacy. */
import { hresultError, hresultSuccesses, isFailure, taskNotRunning, win32OfHresult } from '../status/hresult';
import { RemoteError } from '../status/remote-error';
import type { NdrValues } from '../rpc/ndr';
import type { RpcClient } from '../rpc/rpc-client';
import type { RemoteTasks, TaskState, TaskStatus } from './remote-tasks';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';
import { taskScheduler } from './tsch.procedures';

const { procedures } = taskScheduler;

/** Flags of SchRpcRegisterTask, [MS-TSCH] 3.2.5.4.2. */
const registerFlags = { create: 0x2, createOrUpdate: 0x6 } as const;
/** TASK_LOGON_NONE, [MS-TSCH] 2.3.9: the definition's principal decides. */
const logonByDefinition = 0;
/** SCH_FLAG_STATE, [MS-TSCH] 3.2.5.4.18. */
const stateFlag = 0x1000_0000;
/** TASK_ENUM_HIDDEN, [MS-TSCH] 3.2.5.4.8. */
const includeHidden = 0x1;
/** TASK_STATE, [MS-TSCH] 2.3.13. */
const states: readonly TaskState[] = ['unknown', 'disabled', 'queued', 'ready', 'running'];

const namesPerCall = 512;
const namesMax = 65_536;
const fileNotFound = 2;
const pathNotFound = 3;
const alreadyExists = 183;

export class RpcTasks implements RemoteTasks {
  private readonly connected: () => Promise<{ client: RpcClient }>;

  constructor(
    openClient: OpenClient,
    private readonly host: string | undefined,
  ) {
    this.connected = sharedClient(async () => ({ client: await openClient(taskScheduler) }));
  }

  async open(): Promise<void> {
    await this.connected();
  }

  /** SchRpcRegisterTask, [MS-TSCH] 3.2.5.4.2. Missing folders of the path are created by the server. */
  async register(
    path: string,
    xml: string,
    options: { mode?: 'create' | 'createOrUpdate' } = {},
  ): Promise<{ warning: 'batchLogonMissing' | undefined }> {
    const doing = 'could not register the task';
    const { client } = await this.connected();
    const answer = await client.call(
      procedures.registerTask,
      {
        path,
        xml,
        flags: registerFlags[options.mode ?? 'create'],
        sddl: undefined,
        logonType: logonByDefinition,
        credentialCount: 0,
        credentials: undefined,
      },
      doing,
    );
    this.check(answer.error, `${doing}${whereInXml(answer.errorInfo)}`);
    return { warning: answer.error === hresultSuccesses.batchLogonProblem ? 'batchLogonMissing' : undefined };
  }

  /** SchRpcCreateFolder, [MS-TSCH] 3.2.5.4.4. */
  async createFolder(path: string): Promise<'created' | 'existed'> {
    const doing = 'could not create the task folder';
    const { client } = await this.connected();
    const { error } = await client.call(procedures.createFolder, { path, sddl: undefined, flags: 0 }, doing);
    if (win32OfHresult(error) === alreadyExists) return 'existed';
    this.check(error, doing);
    return 'created';
  }

  /** SchRpcRun, [MS-TSCH] 3.2.5.4.13. */
  async run(path: string, args: string[]): Promise<string> {
    const doing = 'could not run the task';
    const { client } = await this.connected();
    const input = {
      path,
      argumentCount: args.length,
      arguments: args.length === 0 ? undefined : args,
      flags: 0,
      sessionId: 0,
      user: undefined,
    };
    const { instance, error } = await client.call(procedures.run, input, doing);
    this.check(error, doing);
    return instance;
  }

  /** SchRpcGetTaskInfo and SchRpcGetLastRunInfo, [MS-TSCH] 3.2.5.4.18 and 3.2.5.4.17. */
  async state(path: string): Promise<TaskStatus | undefined> {
    const doing = 'could not read the state of the task';
    const { client } = await this.connected();
    const [info, last] = await Promise.all([
      client.call(procedures.getTaskInfo, { path, flags: stateFlag }, doing),
      client.call(procedures.getLastRunInfo, { path }, doing),
    ]);
    if (isAbsent(info.error) || isAbsent(last.error)) return undefined;
    this.check(info.error, doing);
    this.check(last.error, doing);
    const hasRun = last.error !== hresultSuccesses.taskHasNotRun;
    return { state: states[info.state] ?? 'unknown', lastResult: hasRun ? last.lastReturnCode : 0, hasRun };
  }

  /** SchRpcStop, [MS-TSCH] 3.2.5.4.12. */
  async stop(path: string): Promise<boolean> {
    const doing = 'could not stop the task';
    const { client } = await this.connected();
    const { error } = await client.call(procedures.stop, { path, flags: 0 }, doing);
    if (error === taskNotRunning || isAbsent(error)) return false;
    this.check(error, doing);
    return true;
  }

  /** SchRpcDelete, [MS-TSCH] 3.2.5.4.14. */
  async delete(path: string): Promise<boolean> {
    const doing = 'could not delete the task';
    const { client } = await this.connected();
    const { error } = await client.call(procedures.delete, { path, flags: 0 }, doing);
    if (isAbsent(error)) return false;
    this.check(error, doing);
    return true;
  }

  /** SchRpcEnumTasks, [MS-TSCH] 3.2.5.4.8. Servers disagree about S_FALSE; fewer names than asked for is the end. */
  async list(folder: string): Promise<string[]> {
    const doing = 'could not list the tasks';
    const { client } = await this.connected();
    const found: string[] = [];
    while (found.length < namesMax) {
      const input = { path: folder, flags: includeHidden, startIndex: found.length, requested: namesPerCall };
      const answer = await client.call(procedures.enumerateTasks, input, doing);
      if (isAbsent(answer.error)) return found;
      this.check(answer.error, doing);
      const names = (answer.names ?? []).slice(0, answer.nameCount);
      found.push(...names.map((name) => name ?? ''));
      if (names.length < namesPerCall) return found;
    }
    throw new RemoteError('protocol', 'limitExceeded', `a folder of ${namesMax} tasks`, { host: this.host });
  }

  /** SchRpcRetrieveTask, [MS-TSCH] 3.2.5.4.3. */
  async xml(path: string): Promise<string | undefined> {
    const doing = 'could not read the task';
    const { client } = await this.connected();
    const input = { path, languages: '', languageCount: 0 };
    const { xml, error } = await client.call(procedures.retrieveTask, input, doing);
    if (isAbsent(error)) return undefined;
    this.check(error, doing);
    return xml;
  }

  private check(code: number, doing: string): void {
    if (isFailure(code)) throw hresultError(code, doing, { host: this.host });
  }
}

function isAbsent(code: number): boolean {
  const win32 = win32OfHresult(code);
  return win32 === fileNotFound || win32 === pathNotFound;
}

type XmlErrorInfo = NdrValues<typeof procedures.registerTask.output>['errorInfo'];

/** Where the definition is wrong. Its values are not repeated: they may be private. */
const whereInXml = (info: XmlErrorInfo): string =>
  info?.node === undefined ? '' : `: its definition is wrong at ${info.node}, line ${info.line}`;
