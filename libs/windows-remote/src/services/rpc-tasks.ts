/** Task Scheduler of a computer over `\pipe\atsvc`, [MS-TSCH] 3.2.5.4. It wants packet privacy. */
import type { WindowsCredential } from '../auth/credential';
import { hresultError, hresultSuccesses, isFailure, taskNotRunning, win32OfHresult } from '../status/hresult';
import { RemoteError } from '../status/remote-error';
import type { NdrValues } from '../rpc/ndr';
import type { RpcClient } from '../rpc/rpc-client';
import type { RegisterOptions, RemoteTasks, TaskState, TaskStatus } from './remote-tasks';
import type { OpenClient } from './shared-client';
import { sharedClient } from './shared-client';
import { taskAdministration, taskScheduler } from './tsch.procedures';

const { procedures } = taskScheduler;

/** Flags of SchRpcRegisterTask, [MS-TSCH] 3.2.5.4.2. */
const registerFlags = { create: 0x2, createOrUpdate: 0x6 } as const;
/** TASK_LOGON_NONE and TASK_LOGON_PASSWORD, [MS-TSCH] 2.3.9; with none the definition's principal decides. */
const logonTypes = { byDefinition: 0, password: 1 } as const;
/** OWNER, GROUP and DACL_SECURITY_INFORMATION, [MS-DTYP] 2.4.7. */
const ownerGroupAndDacl = 0x7;
/** SCH_FLAG_TASK and SCH_FLAG_FOLDER, [MS-TSCH] 3.2.5.4.5. */
const taskOrFolder = 0x6000_0000;
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
    options: RegisterOptions = {},
  ): Promise<{ warning: 'batchLogonMissing' | undefined }> {
    const doing = 'could not register the task';
    const { client } = await this.connected();
    // A server that refuses what is not sealed has read the password by then, and so has everybody on the way.
    if (options.account !== undefined && !client.isSealed)
      throw new RemoteError('protocol', 'downgrade', 'a task’s password is given under packet privacy only', {
        host: this.host,
      });
    const answer = await client.call(
      procedures.registerTask,
      {
        path,
        xml,
        flags: registerFlags[options.mode ?? 'create'],
        sddl: options.securityDescriptor,
        ...logonOf(options.account),
      },
      doing,
    );
    this.check(answer.error, `${doing}${whereInXml(answer.errorInfo)}`);
    return { warning: answer.error === hresultSuccesses.batchLogonProblem ? 'batchLogonMissing' : undefined };
  }

  /** SchRpcCreateFolder, [MS-TSCH] 3.2.5.4.4. */
  async createFolder(path: string, securityDescriptor?: string): Promise<'created' | 'existed'> {
    const doing = 'could not create the task folder';
    const { client } = await this.connected();
    const { error } = await client.call(
      procedures.createFolder,
      { path, sddl: securityDescriptor, flags: 0 },
      doing,
    );
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

  /** SchRpcEnumTasks, [MS-TSCH] 3.2.5.4.8. */
  list(folder: string): Promise<string[]> {
    return this.names(procedures.enumerateTasks, folder, 'could not list the tasks');
  }

  /** SchRpcEnumFolders, [MS-TSCH] 3.2.5.4.7. */
  folders(folder: string): Promise<string[]> {
    return this.names(procedures.enumerateFolders, folder, 'could not list the task folders');
  }

  /** SchRpcEnumInstances, [MS-TSCH] 3.2.5.4.9. */
  async instances(path: string): Promise<string[]> {
    const doing = 'could not list the instances of the task';
    const { client } = await this.connected();
    const answer = await client.call(procedures.enumerateInstances, { path, flags: includeHidden }, doing);
    if (isAbsent(answer.error)) return [];
    this.check(answer.error, doing);
    return (answer.instances ?? []).slice(0, answer.instanceCount);
  }

  /** SchRpcStopInstance, [MS-TSCH] 3.2.5.4.11. */
  async stopInstance(instance: string): Promise<boolean> {
    const doing = 'could not stop the instance of the task';
    const { client } = await this.connected();
    const { error } = await client.call(procedures.stopInstance, { instance, flags: 0 }, doing);
    return error !== taskNotRunning && this.isThere(error, doing);
  }

  /** SchRpcEnableTask, [MS-TSCH] 3.2.5.4.20. */
  async enable(path: string, isEnabled: boolean): Promise<boolean> {
    const doing = 'could not enable or disable the task';
    const { client } = await this.connected();
    const input = { path, isEnabled: isEnabled ? 1 : 0 };
    return this.isThere((await client.call(taskAdministration.enable, input, doing)).error, doing);
  }

  /** SchRpcGetSecurity, [MS-TSCH] 3.2.5.4.6. */
  async security(path: string): Promise<string | undefined> {
    const doing = 'could not read the security of the task';
    const { client } = await this.connected();
    const input = { path, information: ownerGroupAndDacl };
    const { sddl, error } = await client.call(taskAdministration.getSecurity, input, doing);
    return this.isThere(error, doing) ? sddl : undefined;
  }

  /** SchRpcSetSecurity, [MS-TSCH] 3.2.5.4.5. */
  async setSecurity(path: string, securityDescriptor: string): Promise<void> {
    const doing = 'could not set the security of the task';
    const { client } = await this.connected();
    const input = { path, sddl: securityDescriptor, flags: taskOrFolder };
    this.check((await client.call(taskAdministration.setSecurity, input, doing)).error, doing);
  }

  /** SchRpcHighestVersion, [MS-TSCH] 3.2.5.4.1. */
  async version(): Promise<string> {
    const doing = 'could not ask for the version of the Task Scheduler';
    const { client } = await this.connected();
    const { version, error } = await client.call(procedures.highestVersion, {}, doing);
    this.check(error, doing);
    return `${version >>> 16}.${version & 0xffff}`;
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

  /** Page by page. Servers disagree about S_FALSE; fewer names than asked for is the end. */
  private async names(
    enumerate: typeof procedures.enumerateTasks | typeof procedures.enumerateFolders,
    folder: string,
    doing: string,
  ): Promise<string[]> {
    const { client } = await this.connected();
    const found: string[] = [];
    while (found.length < namesMax) {
      const input = { path: folder, flags: includeHidden, startIndex: found.length, requested: namesPerCall };
      const answer = await client.call(enumerate, input, doing);
      if (isAbsent(answer.error)) return found;
      this.check(answer.error, doing);
      const names = (answer.names ?? []).slice(0, answer.nameCount);
      found.push(...names.map((name) => name ?? ''));
      if (names.length < namesPerCall) return found;
    }
    throw new RemoteError('protocol', 'limitExceeded', `a folder of ${namesMax} names`, { host: this.host });
  }

  private isThere(code: number, doing: string): boolean {
    if (isAbsent(code)) return false;
    this.check(code, doing);
    return true;
  }

  private check(code: number, doing: string): void {
    if (isFailure(code)) throw hresultError(code, doing, { host: this.host });
  }
}

/** TASK_USER_CRED, [MS-TSCH] 2.3.8: the one place where a password leaves; packet privacy is what protects it. */
function logonOf(account: WindowsCredential | undefined) {
  if (account === undefined)
    return { logonType: logonTypes.byDefinition, credentialCount: 0, credentials: undefined };
  const { domain, username } = account;
  const userId = domain === '' ? username : `${domain}\\${username}`;
  const credentials = [{ userId, password: account.revealPassword(), flags: 0 }];
  return { logonType: logonTypes.password, credentialCount: credentials.length, credentials };
}

function isAbsent(code: number): boolean {
  const win32 = win32OfHresult(code);
  return win32 === fileNotFound || win32 === pathNotFound;
}

type XmlErrorInfo = NdrValues<typeof procedures.registerTask.output>['errorInfo'];

/** Where the definition is wrong. Its values are not repeated: they may be private. */
const whereInXml = (info: XmlErrorInfo): string =>
  info?.node === undefined ? '' : `: its definition is wrong at ${info.node}, line ${info.line}`;
