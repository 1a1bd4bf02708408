/**
 * Drover's runner as a simulated computer executes it, after docs/plan-format.md: it claims the attempt by creating the
 * journal, reads the plan from the registry, works through steps and branches, and journals each of them. A kill leaves the
 * journal as it is, as a power cut would.
 */
import {
  attemptNamePattern,
  decodePlan,
  DomainError,
  type JournalEnd,
  type Plan,
  type CommandPlanStep,
} from '@drover/domain';
import type { HostClock } from '../computer/clock';
import type { DiskHandle } from '../computer/disk-handle';
import type { Ledger } from '../computer/ledger';
import { accessReadWrite, shareRead, type VirtualDisk } from '../computer/virtual-disk';
import { RegistryType, type VirtualRegistry } from '../computer/virtual-registry';
import type { Execution } from '../computer/virtual-tasks';
import { HostRefusal, NtStatus, Win32 } from '../refusal';
import { JournalWriter } from './journal-writer';
import { interpretCommand, type CommandOutcome, type CommandScript } from './virtual-command';
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

/** `<attempt> begin` begins; the attempt's name alone, or with an argument that nobody filled in, is a sweep. */
export function startRunner(commandArguments: string, surroundings: RunnerSurroundings): Execution {
  const [attempt = '', word = '', ...more] = commandArguments.trim().split(/\s+/);
  const ends = (code: number): Execution => ({ exitCode: Promise.resolve(code), kill: () => undefined });
  if (attempt === '--version' && word === '') return ends(0);
  if (!attemptNamePattern.test(attempt) || more.length > 0) return ends(Win32.invalidParameter);
  if (word === 'begin') return new VirtualRunner(attempt, surroundings);
  return ends(
    word === '' || /^\$\(Arg\d\)$/.test(word) ? sweep(attempt, surroundings) : Win32.invalidParameter,
  );
}

class VirtualRunner implements Execution {
  readonly exitCode: Promise<number | undefined>;
  private finish: (code: number | undefined) => void = () => undefined;
  private process: VirtualProcess | undefined;
  private stopRequest: 'maximumDurationPassed' | 'cancelled' | undefined;
  private runningStep = 0;
  private lastExitCode = 0;
  private callOffNextStep: () => void = () => undefined;
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
    this.journal?.append({ kind: 'begun', runnerVersion, bootedAt: this.around.bootedAt });
    this.around.ledger.record({ event: 'attemptBegun', attempt: this.attempt });
    if (plan === undefined) {
      this.conclude('stoppedFailure', Win32.invalidData, Win32.invalidData);
      return;
    }
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
      this.conclude(this.stopRequest, this.lastExitCode);
      return;
    }
    const step = plan.steps[index] as CommandPlanStep;
    this.run += 1;
    const run = this.run;
    this.journal?.startRun();
    this.journal?.append({ kind: 'stepStarted', run, step: index });
    if (this.endWhenJournalFails()) return;
    const { attempt, around } = this;
    around.ledger.record({ event: 'stepStarted', attempt, run, step: index, command: step.command });
    this.runningStep = index;
    this.process = new VirtualProcess(
      around.clock,
      this.interpret(step),
      {
        output: (text) => this.journal?.addOutput(run, Buffer.from(text, 'utf8')),
        write: (path, text, append) => writeProcessFile(around.disk, path, text, append),
      },
      (exitCode) => this.stepEnded(plan, index, exitCode),
    );
  }

  private interpret(step: CommandPlanStep): CommandOutcome {
    const { computerName, script, disk } = this.around;
    const readFile = (path: string): Buffer | undefined => disk.readFile(path.replace(/^c:\\/i, ''));
    return interpretCommand(step.command, { computerName, script, readFile });
  }

  private stepEnded(plan: Plan, index: number, exitCode: number): void {
    const step = plan.steps[index] as CommandPlanStep;
    const succeeded = step.successCodes.some((code) => code >>> 0 === exitCode);
    this.recordStepEnd(index, exitCode, succeeded, 'exited');
    if (this.endWhenJournalFails()) return;
    const branch = succeeded ? step.onSuccess : step.onFailure;
    if (branch === 'stopSuccess') this.conclude('stoppedSuccess', exitCode);
    else if (branch === 'stopFailure') this.conclude('stoppedFailure', exitCode);
    else {
      const pauseMs = this.run < runsUnpaced ? 0 : (plan.maximumDurationSeconds * 1000) / runsPaced + 1;
      this.callOffNextStep = this.around.clock.after(pauseMs, () => this.step(plan, branch));
    }
  }

  private recordStepEnd(
    index: number,
    exitCode: number,
    succeeded: boolean,
    ended: 'exited' | 'stopped',
  ): void {
    const { attempt, run, journal } = this;
    this.process = undefined;
    this.lastExitCode = exitCode;
    journal?.finishOutput(run);
    const win32Error = ended === 'exited' ? 0 : exitCode;
    journal?.append({ kind: 'stepEnded', run, step: index, exitCode, succeeded, ended, win32Error });
    this.around.ledger.record({ event: 'stepEnded', attempt, run, step: index, exitCode, ended });
  }

  private stop(end: 'maximumDurationPassed' | 'cancelled'): void {
    if (this.over || this.stopRequest !== undefined) return;
    this.stopRequest = end;
    this.callOffNextStep();
    if (this.process !== undefined) {
      this.process.kill();
      this.recordStepEnd(this.runningStep, stoppedExitCodes[end], false, 'stopped');
    }
    if (this.run >= 0) this.conclude(end, this.lastExitCode);
  }

  /** A journal that cannot be written (the disk is full) ends the attempt: nothing may happen unrecorded. */
  private endWhenJournalFails(): boolean {
    if (this.journal?.hasFailed !== true) return false;
    this.end(diskFull);
    return true;
  }

  private lookForCancel(): void {
    const value = this.around.registry.value(keyPath(this.attempt), 'cancel');
    if (value?.typeCode === RegistryType.dword && value.data.length === 4 && value.data.readUInt32LE() !== 0)
      this.stop('cancelled');
  }

  private conclude(end: JournalEnd, lastExitCode: number, exitCode = exitCodes[end]): void {
    this.journal?.append({ kind: 'ended', end, lastExitCode });
    if (this.endWhenJournalFails()) return;
    this.around.ledger.record({ event: 'attemptEnded', attempt: this.attempt, end, lastExitCode });
    this.end(exitCode);
  }

  private end(code: number | undefined): void {
    this.over = true;
    this.callOffNextStep();
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
  try {
    if (isOver) {
      disk.delete(journalPath(attempt));
      disk.delete(`Windows\\Drover\\${attempt}.bat`);
      registry.deleteKey(keyPath(attempt));
    }
  } catch (error) {
    // Somebody has the journal open: it stays, and the exit code says why, as the runner's does.
    if (!(error instanceof HostRefusal)) throw error;
    ledger.record({ event: 'attemptSwept', attempt, removed: false });
    return Win32.sharingViolation;
  }
  ledger.record({ event: 'attemptSwept', attempt, removed: isOver });
  return 0;
}

const keyPath = (attempt: string): string => `SOFTWARE\\Drover\\${attempt}`;
const journalPath = (attempt: string): string => `Windows\\Drover\\${attempt}.journal`;

const runnerVersion = 'simulated';
/** As the runner: a loop's first runs follow each other at once, the rest are spaced over the maximum duration. */
const runsUnpaced = 1000;
const runsPaced = 9000;
/** What the processes of a stopped step are ended with: ERROR_TIMEOUT and ERROR_CANCELLED, [MS-ERREF] 2.2. */
const stoppedExitCodes = { maximumDurationPassed: 1460, cancelled: 1223 } as const;
/** ERROR_DISK_FULL, [MS-ERREF] 2.2. */
const diskFull = 112;
const exitCodes: Record<JournalEnd, number> = {
  stoppedSuccess: 0,
  stoppedFailure: 1,
  maximumDurationPassed: 2,
  cancelled: 3,
};
