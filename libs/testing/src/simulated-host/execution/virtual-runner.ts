/**
 * Drover's runner as a simulated computer executes it, after docs/plan-format.md: it claims the attempt by creating the
 * journal, reads the plan from the registry, works through steps and branches, and journals each of them. A kill leaves the
 * journal as it is, as a power cut would.
 */
import { decodePlan, DomainError, type JournalEnd, type Plan, type PlanStep } from '@drover/domain';
import type { HostClock } from '../computer/clock';
import type { DiskHandle } from '../computer/disk-handle';
import type { Ledger } from '../computer/ledger';
import { accessReadWrite, shareRead, type VirtualDisk } from '../computer/virtual-disk';
import { RegistryType, type VirtualRegistry } from '../computer/virtual-registry';
import type { Execution } from '../computer/virtual-tasks';
import { HostRefusal, NtStatus, Win32 } from '../refusal';
import { JournalWriter } from './journal-writer';
import { interpretCommand, type CommandScript } from './virtual-command';
import { VirtualProcess } from './virtual-process';
import { writeProcessFile } from './process-files';

export interface RunnerSurroundings {
  computerName: string;
  bootedAt: Date;
  clock: HostClock;
  ledger: Ledger;
  disk: VirtualDisk;
  registry: VirtualRegistry;
  script?: CommandScript | undefined;
}

/** `<attempt> begin` begins; any other arguments are a sweep, which never begins anything. */
export function startRunner(commandArguments: string, surroundings: RunnerSurroundings): Execution {
  const [attempt = '', word = ''] = commandArguments.trim().split(/\s+/);
  if (word === 'begin') return new VirtualRunner(attempt, surroundings);
  return { exitCode: Promise.resolve(sweep(attempt, surroundings)), kill: () => undefined };
}

class VirtualRunner implements Execution {
  readonly exitCode: Promise<number | undefined>;
  private finish: (code: number | undefined) => void = () => undefined;
  private process: VirtualProcess | undefined;
  private stopRequest: JournalEnd | undefined;
  private readonly callOffs: (() => void)[] = [];
  private journalHandle: DiskHandle | undefined;
  private journal: JournalWriter | undefined;
  private run = -1;
  private over = false;

  constructor(
    private readonly attempt: string,
    private readonly around: RunnerSurroundings,
  ) {
    this.exitCode = new Promise((resolve) => (this.finish = resolve));
    this.callOffs.push(around.clock.after(0, () => this.begin()));
  }

  kill(because: string): void {
    if (this.over) return;
    this.process?.kill();
    this.around.ledger.record({ event: 'attemptKilled', attempt: this.attempt, because });
    this.end(undefined);
  }

  private begin(): void {
    const claimed = this.claim();
    if (claimed !== undefined) {
      this.end(claimed);
      return;
    }
    const plan = readPlan(this.attempt, this.around.registry);
    if (plan === undefined) {
      this.conclude('stoppedFailure', Win32.invalidData);
      return;
    }
    this.journal?.append({ kind: 'begun', runnerVersion: runnerVersion, bootedAt: this.around.bootedAt });
    this.around.ledger.record({ event: 'attemptBegun', attempt: this.attempt });
    this.callOffs.push(
      this.around.clock.after(plan.maximumDurationSeconds * 1000, () => this.stop('maximumDurationPassed')),
      this.around.registry.watch(() => this.lookForCancel()),
    );
    this.lookForCancel();
    this.step(plan, 0);
  }

  /** Creates the journal; returns an exit code when somebody else holds the attempt. */
  private claim(): number | undefined {
    try {
      const handle = this.around.disk.open(journalPath(this.attempt), {
        disposition: 'create',
        access: accessReadWrite,
        share: shareRead,
      });
      this.journalHandle = handle;
      this.journal = new JournalWriter(handle, () => this.around.clock.now());
      return undefined;
    } catch (error) {
      if (!(error instanceof HostRefusal)) throw error;
      if (error.code !== NtStatus.objectNameCollision) return Win32.fileNotFound;
      this.around.ledger.record({ event: 'secondStartRefused', attempt: this.attempt });
      return Win32.alreadyExists;
    }
  }

  private step(plan: Plan, index: number): void {
    if (this.over) return;
    if (this.stopRequest !== undefined) {
      this.conclude(this.stopRequest, lastExitCodeWhenStopped);
      return;
    }
    const step = plan.steps[index] as PlanStep;
    this.run += 1;
    const run = this.run;
    this.journal?.startRun();
    this.journal?.append({ kind: 'stepStarted', run, step: index });
    this.around.ledger.record({
      event: 'stepStarted',
      attempt: this.attempt,
      run,
      step: index,
      command: step.command,
    });
    const readFile = (path: string): Buffer | undefined =>
      this.around.disk.readFile(path.replace(/^c:\\/i, ''));
    const outcome = interpretCommand(step.command, {
      computerName: this.around.computerName,
      script: this.around.script,
      readFile,
    });
    this.process = new VirtualProcess(
      this.around.clock,
      outcome,
      {
        output: (text) => this.journal?.addOutput(run, Buffer.from(text, 'utf8')),
        write: (path, text, append) => writeProcessFile(this.around.disk, path, text, append),
      },
      (exitCode) => this.stepEnded(plan, index, exitCode),
    );
    this.afterStop = () => this.stepStopped(index);
  }

  private afterStop: () => void = () => undefined;

  private stepEnded(plan: Plan, index: number, exitCode: number): void {
    const step = plan.steps[index] as PlanStep;
    this.process = undefined;
    const succeeded = step.successCodes.some((code) => code >>> 0 === exitCode);
    this.journal?.finishOutput(this.run);
    this.journal?.append({
      kind: 'stepEnded',
      run: this.run,
      step: index,
      exitCode,
      succeeded,
      ended: 'exited',
      win32Error: 0,
    });
    this.around.ledger.record({
      event: 'stepEnded',
      attempt: this.attempt,
      run: this.run,
      step: index,
      exitCode,
      ended: 'exited',
    });
    const branch = succeeded ? step.onSuccess : step.onFailure;
    if (branch === 'stopSuccess') this.conclude('stoppedSuccess', exitCode);
    else if (branch === 'stopFailure') this.conclude('stoppedFailure', exitCode);
    else if (this.run + 1 >= runsMax) this.conclude('stoppedFailure', exitCode);
    else this.callOffs.push(this.around.clock.after(0, () => this.step(plan, branch)));
  }

  private stop(end: JournalEnd): void {
    if (this.over || this.stopRequest !== undefined) return;
    this.stopRequest = end;
    if (this.process === undefined) return;
    this.process.kill();
    this.process = undefined;
    this.afterStop();
    this.conclude(end, lastExitCodeWhenStopped);
  }

  private stepStopped(index: number): void {
    const exitCode = lastExitCodeWhenStopped;
    this.journal?.finishOutput(this.run);
    this.journal?.append({
      kind: 'stepEnded',
      run: this.run,
      step: index,
      exitCode,
      succeeded: false,
      ended: 'stopped',
      win32Error: 0,
    });
    this.around.ledger.record({
      event: 'stepEnded',
      attempt: this.attempt,
      run: this.run,
      step: index,
      exitCode,
      ended: 'stopped',
    });
  }

  private lookForCancel(): void {
    const value = this.around.registry.value(keyPath(this.attempt), 'cancel');
    if (value?.typeCode === RegistryType.dword && value.data.length === 4 && value.data.readUInt32LE() !== 0)
      this.stop('cancelled');
  }

  private conclude(end: JournalEnd, lastExitCode: number): void {
    this.journal?.append({ kind: 'ended', end, lastExitCode });
    this.around.ledger.record({ event: 'attemptEnded', attempt: this.attempt, end, lastExitCode });
    this.end(exitCodes[end]);
  }

  private end(code: number | undefined): void {
    this.over = true;
    for (const callOff of this.callOffs) callOff();
    this.journalHandle?.close();
    this.finish(code);
  }
}

function readPlan(attempt: string, registry: VirtualRegistry): Plan | undefined {
  const value = registry.value(keyPath(attempt), 'plan');
  if (value === undefined || value.typeCode !== RegistryType.binary) return undefined;
  try {
    const plan = decodePlan(value.data);
    return plan.attemptName === attempt ? plan : undefined;
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

/** The retention trigger fired: what is left of an attempt goes once its time is over. */
function sweep(attempt: string, { clock, disk, registry, ledger }: RunnerSurroundings): number {
  const plan = readPlan(attempt, registry);
  const isOver = plan !== undefined && plan.retainUntil.getTime() <= clock.now().getTime();
  if (isOver) {
    registry.deleteKey(keyPath(attempt));
    disk.delete(journalPath(attempt));
  }
  ledger.record({ event: 'attemptSwept', attempt, removed: isOver });
  return 0;
}

const keyPath = (attempt: string): string => `SOFTWARE\\Drover\\${attempt}`;
const journalPath = (attempt: string): string => `Windows\\Drover\\${attempt}.journal`;

const runnerVersion = 'simulated';
const runsMax = 100_000;
/** What TerminateJobObject gives the processes of a step that is stopped: ERROR_PROCESS_ABORTED, [MS-ERREF] 2.2. */
const lastExitCodeWhenStopped = 1067;
const exitCodes: Record<JournalEnd, number> = {
  stoppedSuccess: 0,
  stoppedFailure: 1,
  maximumDurationPassed: 2,
  cancelled: 3,
};
