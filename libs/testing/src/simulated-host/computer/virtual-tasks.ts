/**
 * The Task Scheduler of a simulated computer: folders, tasks, running instances. Running an action is somebody else's
 * business (`execute`); this keeps the rules of [MS-TSCH]: create-only registration, $(Arg0) substitution, one instance
 * at a time, last results, the time trigger and expiry.
 */
import { randomUUID } from 'node:crypto';
import { HostRefusal, Hresult } from '../refusal';
import type { HostClock } from './clock';
import type { Ledger } from './ledger';
import { readTaskDefinition, type TaskDefinition } from './task-definition';

/** A process that an action became. `exitCode` resolves with undefined when it was killed. */
export interface Execution {
  readonly exitCode: Promise<number | undefined>;
  kill(because: string): void;
}

export type Execute = (command: string, commandArguments: string) => Execution;

export interface VirtualTask {
  path: string;
  xml: string;
  definition: TaskDefinition;
  sddl: string;
  enabled: boolean;
  lastResult: number;
  lastRunAt: Date | undefined;
}

interface Instance {
  id: string;
  task: VirtualTask;
  execution: Execution;
  stopped: boolean;
}

export interface RegisterFlags {
  validateOnly: boolean;
  create: boolean;
  update: boolean;
  disable: boolean;
}

export class VirtualTasks {
  private readonly tasks = new Map<string, VirtualTask>();
  private readonly folders = new Map<string, string>();
  private readonly instances = new Map<string, Instance>();
  private readonly timers = new Map<VirtualTask, (() => void)[]>();

  constructor(
    private readonly clock: HostClock,
    private readonly ledger: Ledger,
    private readonly execute: Execute,
    private readonly save: () => void = () => undefined,
  ) {}

  register(path: string, xml: string, flags: RegisterFlags, sddl = standardSddl): VirtualTask | undefined {
    try {
      return this.registerChecked(normal(path), xml, flags, sddl);
    } catch (error) {
      if (error instanceof HostRefusal)
        this.ledger.record({ event: 'taskRefused', path: normal(path), code: error.code });
      throw error;
    }
  }

  private registerChecked(
    path: string,
    xml: string,
    flags: RegisterFlags,
    sddl: string,
  ): VirtualTask | undefined {
    const definition = readTaskDefinition(xml);
    if (flags.validateOnly) return undefined;
    if (/[/:*?"<>|]/.test(path) || path === '\\') throw new HostRefusal('hresult', Hresult.invalidName, path);
    const existing = this.find(path);
    if (existing !== undefined && !flags.update)
      throw new HostRefusal('hresult', Hresult.alreadyExists, path);
    if (existing === undefined && !flags.create) throw new HostRefusal('hresult', Hresult.fileNotFound, path);
    if (this.tasks.size >= tasksMax) throw new HostRefusal('hresult', Hresult.accessDenied, 'too many tasks');
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder))
      this.folders.set(folder.toLowerCase(), folder);
    const task: VirtualTask = {
      path,
      xml,
      definition,
      sddl,
      enabled: definition.enabled && !flags.disable,
      lastResult: existing?.lastResult ?? Hresult.taskHasNotRun,
      lastRunAt: existing?.lastRunAt,
    };
    if (existing !== undefined) this.disarm(existing);
    this.tasks.set(path.toLowerCase(), task);
    const { command, arguments: commandArguments } = definition;
    this.ledger.record({
      event: 'taskRegistered',
      path,
      command,
      arguments: commandArguments,
      replaced: existing !== undefined,
    });
    this.arm(task);
    this.save();
    return task;
  }

  find(path: string): VirtualTask | undefined {
    return this.tasks.get(normal(path).toLowerCase());
  }

  get all(): VirtualTask[] {
    return [...this.tasks.values()];
  }

  existing(path: string): VirtualTask {
    const task = this.find(path);
    if (task === undefined) throw new HostRefusal('hresult', Hresult.fileNotFound, path);
    return task;
  }

  createFolder(path: string): void {
    const folder = normal(path);
    if (folder === '\\' || this.folders.has(folder.toLowerCase()) || this.find(folder)) {
      throw new HostRefusal('hresult', Hresult.alreadyExists, folder);
    }
    const parent = parentOf(folder);
    if (parent !== '' && !this.folders.has(parent.toLowerCase()))
      throw new HostRefusal('hresult', Hresult.pathNotFound, folder);
    this.folders.set(folder.toLowerCase(), folder);
    this.ledger.record({ event: 'taskFolderCreated', path: folder });
    this.save();
  }

  /** Names of the tasks or folders directly in a folder, in order. */
  names(folder: string, what: 'tasks' | 'folders'): string[] {
    const base = normal(folder) === '\\' ? '' : normal(folder);
    if (base !== '' && !this.folders.has(base.toLowerCase()))
      throw new HostRefusal('hresult', Hresult.fileNotFound, folder);
    const paths = what === 'tasks' ? this.all.map((task) => task.path) : [...this.folders.values()];
    return paths
      .filter((path) => parentOf(path).toLowerCase() === base.toLowerCase())
      .map((path) => path.slice(path.lastIndexOf('\\') + 1))
      .sort();
  }

  /** Runs a task on demand with arguments, or as its time trigger does, without any: `$(Arg0)` then stays as it is. */
  run(path: string, args: string[], trigger: 'demand' | 'time' = 'demand'): string {
    const task = this.existing(path);
    if (!task.enabled || (trigger === 'demand' && !task.definition.allowsDemandStart)) {
      throw new HostRefusal('hresult', Hresult.taskDisabled, path);
    }
    const running = this.runningOf(task)[0];
    const commandArguments = task.definition.arguments.replace(
      /\$\(Arg(\d+)\)/g,
      (whole, index) => args[Number(index)] ?? whole,
    );
    if (running !== undefined && task.definition.multipleInstances === 'IgnoreNew') {
      this.ledger.record({ event: 'taskRunIgnored', path: task.path, arguments: commandArguments });
      return running.id;
    }
    const id = randomUUID();
    this.ledger.record({
      event: 'taskRun',
      path: task.path,
      instance: id,
      arguments: commandArguments,
      trigger,
    });
    task.lastRunAt = this.clock.now();
    task.lastResult = Hresult.taskRunning;
    const instance: Instance = {
      id,
      task,
      execution: this.execute(task.definition.command, commandArguments),
      stopped: false,
    };
    this.instances.set(id, instance);
    this.save();
    void this.follow(instance);
    return id;
  }

  private async follow(instance: Instance): Promise<void> {
    const { task, execution } = instance;
    const limit = task.definition.executionLimitMs;
    const callOff =
      limit === undefined
        ? undefined
        : this.clock.after(limit, () => this.kill(instance, 'execution time limit'));
    const exitCode = await execution.exitCode;
    callOff?.();
    if (!this.instances.delete(instance.id)) return;
    task.lastResult = instance.stopped || exitCode === undefined ? Hresult.taskTerminated : exitCode;
    this.ledger.record({ event: 'taskEnded', path: task.path, instance: instance.id, code: task.lastResult });
    this.save();
  }

  isRunning(path: string): boolean {
    const task = this.find(path);
    return task !== undefined && this.runningOf(task).length > 0;
  }

  /** The running instances of one task, or of all. */
  runningInstances(path?: string): { id: string; task: VirtualTask }[] {
    return path === undefined ? [...this.instances.values()] : this.runningOf(this.existing(path));
  }

  stop(path: string): void {
    const running = this.runningOf(this.existing(path));
    if (running.length === 0) throw new HostRefusal('hresult', Hresult.taskNotRunning, path);
    for (const instance of running) this.kill(instance, 'stopped by the Task Scheduler');
    this.ledger.record({ event: 'taskStopped', path: this.existing(path).path });
  }

  stopInstance(id: string): void {
    const instance = this.instances.get(id);
    if (instance === undefined) throw new HostRefusal('hresult', Hresult.taskNotRunning, id);
    this.kill(instance, 'stopped by the Task Scheduler');
    this.ledger.record({ event: 'taskStopped', path: instance.task.path });
  }

  /** Deletes a task, running or not (its instance goes on, as on Windows), or an empty folder. */
  delete(path: string): void {
    const wanted = normal(path);
    const task = this.find(wanted);
    if (task !== undefined) {
      this.forget(task);
      this.ledger.record({ event: 'taskDeleted', path: task.path });
      return;
    }
    const key = wanted.toLowerCase();
    if (!this.folders.has(key)) throw new HostRefusal('hresult', Hresult.fileNotFound, path);
    const isUsed = [...this.tasks.keys(), ...this.folders.keys()].some((other) =>
      other.startsWith(`${key}\\`),
    );
    if (isUsed) throw new HostRefusal('hresult', Hresult.directoryNotEmpty, path);
    this.folders.delete(key);
    this.ledger.record({ event: 'taskFolderDeleted', path: wanted });
    this.save();
  }

  setEnabled(path: string, enabled: boolean): void {
    this.existing(path).enabled = enabled;
    this.save();
  }

  /** Power is lost: every instance is gone and nothing is noted about it but the terminated result. */
  powerOff(): void {
    for (const instance of [...this.instances.values()]) {
      this.instances.delete(instance.id);
      instance.task.lastResult = Hresult.taskTerminated;
      instance.execution.kill('the computer restarted');
    }
    for (const task of this.all) this.disarm(task);
    this.save();
  }

  /** Power is back: time triggers are armed again, one that was missed fires, and so do boot triggers. */
  boot(): void {
    for (const task of this.all) {
      this.arm(task);
      const { bootDelayMs } = task.definition;
      if (bootDelayMs !== undefined)
        this.timers.get(task)?.push(this.clock.after(bootDelayMs, () => this.fire(task)));
    }
  }

  toJSON(): SavedTasks {
    const tasks = this.all.map(({ path, xml, sddl, enabled, lastResult, lastRunAt }) => ({
      path,
      xml,
      sddl,
      enabled,
      lastResult,
      lastRunAt: lastRunAt?.toISOString() ?? null,
    }));
    return { folders: [...this.folders.values()], tasks };
  }

  load(saved: SavedTasks): void {
    for (const folder of saved.folders) this.folders.set(folder.toLowerCase(), folder);
    for (const { lastRunAt, lastResult, ...task } of saved.tasks) {
      const loaded = {
        ...task,
        definition: readTaskDefinition(task.xml),
        lastResult: lastResult === Hresult.taskRunning ? Hresult.taskTerminated : lastResult,
        lastRunAt: lastRunAt === null ? undefined : new Date(lastRunAt),
      };
      this.tasks.set(task.path.toLowerCase(), loaded);
    }
  }

  private arm(task: VirtualTask): void {
    const now = this.clock.now().getTime();
    const timers: (() => void)[] = [];
    for (const { startAt, endAt } of task.definition.timeTriggers) {
      if (endAt === undefined || endAt.getTime() > now) {
        timers.push(this.clock.after(startAt.getTime() - now, () => this.fire(task)));
      }
      if (endAt !== undefined && task.definition.deletesWhenExpired) {
        timers.push(this.clock.after(endAt.getTime() - now, () => this.expire(task)));
      }
    }
    this.timers.set(task, timers);
  }

  private fire(task: VirtualTask): void {
    if (task.enabled && this.find(task.path) === task) this.run(task.path, [], 'time');
  }

  private expire(task: VirtualTask): void {
    if (this.find(task.path) !== task) return;
    this.forget(task);
    this.ledger.record({ event: 'taskExpired', path: task.path });
  }

  private forget(task: VirtualTask): void {
    this.disarm(task);
    this.tasks.delete(task.path.toLowerCase());
    this.save();
  }

  private disarm(task: VirtualTask): void {
    for (const callOff of this.timers.get(task) ?? []) callOff();
    this.timers.delete(task);
  }

  private runningOf(task: VirtualTask): Instance[] {
    return [...this.instances.values()].filter((instance) => instance.task === task);
  }

  private kill(instance: Instance, because: string): void {
    instance.stopped = true;
    instance.execution.kill(because);
  }
}

export interface SavedTasks {
  folders: string[];
  tasks: {
    path: string;
    xml: string;
    sddl: string;
    enabled: boolean;
    lastResult: number;
    lastRunAt: string | null;
  }[];
}

const tasksMax = 10_000;
const standardSddl = 'D:(A;;FA;;;BA)(A;;FA;;;SY)';

const normal = (path: string): string => `\\${path.replace(/^\\+|\\+$/g, '')}`;
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('\\'));
