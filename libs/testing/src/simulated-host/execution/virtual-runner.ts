/**
 * Drover's runner as a simulated computer executes it, after docs/plan-format.md: it claims the attempt by creating the
 * journal, reads the plan from the registry, works through steps and branches, and journals each of them. A kill leaves the
 * journal as it is, as a power cut would.
 */
import {
  attemptNamePattern,
  decodePlan,
  DomainError,
  exitMeaning,
  tryAgainForSecondsMax,
  type JournalEnd,
  type Plan,
  type ExitMeaning,
  type PlanStep,
} from '@drover/domain';
import type { HostClock } from '../computer/clock';
import type { DiskHandle } from '../computer/disk-handle';
import type { Ledger } from '../computer/ledger';
import { accessReadWrite, shareRead, type VirtualDisk } from '../computer/virtual-disk';
import { RegistryType, type VirtualRegistry } from '../computer/virtual-registry';
import type { VirtualServices } from '../computer/virtual-services';
import type { Execution } from '../computer/virtual-tasks';
import { HostRefusal, NtStatus, Win32 } from '../refusal';
import { JournalWriter } from './journal-writer';
import { readAwaitedRestart, virtualBootId, type AwaitedRestart } from './awaited-restart';
import type { CommandScript } from './virtual-command';
import { performStep } from './virtual-step';
import { VirtualProcess } from './virtual-process';
import { writeProcessFile } from './process-files';

export interface RunnerSurroundings {
  computerName: string;
  bootedAt: Date;
  clock: HostClock;
  ledger: Ledger;
  disk: VirtualDisk;
  registry: VirtualRegistry;
  services: VirtualServices;
  /** Asks the computer to restart. */
  restart(delaySeconds: number): void;
  script?: CommandScript | undefined;
}

/** `<attempt> begin` begins; the attempt's name alone, or with an argument that nobody filled in, is a sweep. */
export function startRunner(commandArguments: string, surroundings: RunnerSurroundings): Execution {
  const [attempt = '', word = '', ...more] = commandArguments.trim().split(/\s+/);
  const ends = (code: number): Execution => ({ exitCode: Promise.resolve(code), kill: () => undefined });
  if (attempt === '--version' && word === '') return ends(0);
  if (!attemptNamePattern.test(attempt) || more.length > 0) return ends(Win32.invalidParameter);
  if (word === 'begin') return new VirtualRunner(attempt, surroundings);
  if (word !== '' && !/^\$\(Arg\d\)$/.test(word)) return ends(Win32.invalidParameter);
  const awaited = readAwaitedRestart(journalPath(attempt), surroundings);
  if (awaited && readPlan(attempt, surroundings.registry))
    return new VirtualRunner(attempt, surroundings, awaited);
  awaited?.handle.close();
  return ends(sweep(attempt, surroundings));
}

class VirtualRunner implements Execution {
  readonly exitCode: Promise<number | undefined>;
  private finish: (code: number | undefined) => void = () => undefined;
  private process: VirtualProcess | undefined;
  private stopRequest: 'maximumDurationPassed' | 'cancelled' | undefined;
  private runningStep = 0;
  private lastExitCode = 0;
  private callOffNextStep: () => void = () => undefined;
  private callOffTimeout: () => void = () => undefined;
  private tryAgainUntilMs: number | undefined;
  private beganMs = 0;
  private restarts = 0;
  /** A Restart step has asked, and the computer is still there. */
  private isRestarting = false;
  private readonly callOffs: (() => void)[] = [];
  private journalHandle: DiskHandle | undefined;
  private journal: JournalWriter | undefined;
  private run = -1;
  private over = false;

  constructor(
    private readonly attempt: string,
    private readonly around: RunnerSurroundings,
    awaited?: AwaitedRestart,
  ) {
    this.exitCode = new Promise((resolve) => (this.finish = resolve));
    this.callOffs.push(around.clock.after(0, () => (awaited ? this.resume(awaited) : this.begin())));
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
    this.beganMs = this.around.clock.now().getTime();
    this.watchOver(plan.maximumDurationSeconds * 1000);
    this.step(plan, 0);
  }

  /** Goes on where the runner asked for the restart. What the restart took counts as duration. */
  private resume({ restart, sequence, handle }: AwaitedRestart): void {
    const plan = readPlan(this.attempt, this.around.registry) as Plan;
    const nowMs = this.around.clock.now().getTime();
    this.journalHandle = handle;
    this.journal = new JournalWriter(handle, () => this.around.clock.now(), sequence);
    this.beganMs = nowMs - restart.elapsedMs - Math.max(0, nowMs - restart.at.getTime());
    this.restarts = restart.restarts;
    this.run = restart.run;
    this.journal.append({ kind: 'resumed', runnerVersion, bootedAt: this.around.bootedAt });
    this.around.ledger.record({ event: 'attemptResumed', attempt: this.attempt, step: restart.step });
    if (restart.cause === 'asked') this.recordStepEnd(restart.step, 0, 'success', 'exited');
    this.watchOver(plan.maximumDurationSeconds * 1000 - (nowMs - this.beganMs));
    this.follow(plan, restart.step, true);
  }

  private watchOver(leftMs: number): void {
    this.callOffs.push(
      this.around.clock.after(leftMs, () => this.stop('maximumDurationPassed')),
      this.around.registry.watch(() => this.lookForCancel()),
    );
    this.lookForCancel();
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
    const step = plan.steps[index] as PlanStep;
    this.run += 1;
    const run = this.run;
    this.journal?.startRun();
    this.journal?.append({ kind: 'stepStarted', run, step: index });
    if (this.endWhenJournalFails()) return;
    const { attempt, around } = this;
    const command = 'command' in step ? step.command : 'commandLine' in step ? step.commandLine : step.type;
    around.ledger.record({ event: 'stepStarted', attempt, run, step: index, command });
    this.runningStep = index;
    if (step.type === 'restart') {
      this.noteRestart(index, 'asked');
      this.isRestarting = true;
      around.restart(step.delaySeconds);
      return;
    }
    this.process = new VirtualProcess(
      around.clock,
      performStep(step, around),
      {
        output: (text) => this.journal?.addOutput(run, Buffer.from(text, 'utf8')),
        write: (path, text, append) => writeProcessFile(around.disk, path, text, append),
      },
      (exitCode) => this.stepEnded(plan, index, exitCode),
    );
    if (step.timeoutSeconds !== undefined)
      this.callOffTimeout = around.clock.after(step.timeoutSeconds * 1000, () =>
        this.stepTimedOut(plan, index),
      );
  }

  private stepTimedOut(plan: Plan, index: number): void {
    if (this.over || this.process === undefined) return;
    this.process.kill();
    this.recordStepEnd(index, stoppedExitCodes.maximumDurationPassed, 'failure', 'stopped');
    if (!this.endWhenJournalFails()) this.follow(plan, index, false);
  }

  private stepEnded(plan: Plan, index: number, exitCode: number): void {
    const step = plan.steps[index] as PlanStep;
    const codes = 'successCodes' in step ? step : { successCodes: [0], tryAgainCodes: [] };
    const meaning = exitMeaning(codes, exitCode);
    this.recordStepEnd(index, exitCode, meaning, 'exited');
    if (this.endWhenJournalFails()) return;
    const nowMs = this.around.clock.now().getTime();
    if (meaning === 'tryAgain') this.tryAgainUntilMs ??= nowMs + tryAgainForSecondsMax * 1000;
    if (meaning === 'tryAgain' && nowMs < (this.tryAgainUntilMs ?? 0)) {
      this.callOffNextStep = this.around.clock.after(tryAgainPauseMs, () => this.step(plan, index));
      return;
    }
    this.tryAgainUntilMs = undefined;
    const succeeded = meaning !== 'failure' && meaning !== 'tryAgain';
    const goesOn = typeof (succeeded ? step.onSuccess : step.onFailure) === 'number';
    if (meaning === 'restartBegun' && goesOn) {
      this.noteRestart(index, 'begunByStep');
      this.callOffNextStep = this.around.clock.after(restartWaitMs, () => this.follow(plan, index, true));
    } else this.follow(plan, index, succeeded);
  }

  private follow(plan: Plan, index: number, succeeded: boolean): void {
    const step = plan.steps[index] as PlanStep;
    const branch = succeeded ? step.onSuccess : step.onFailure;
    if (branch === 'stopSuccess') this.conclude('stoppedSuccess', this.lastExitCode);
    else if (branch === 'stopFailure') this.conclude('stoppedFailure', this.lastExitCode);
    else {
      const pauseMs = this.run < runsUnpaced ? 0 : (plan.maximumDurationSeconds * 1000) / runsPaced + 1;
      this.callOffNextStep = this.around.clock.after(pauseMs, () => this.step(plan, branch));
    }
  }

  private noteRestart(index: number, cause: 'asked' | 'begunByStep'): void {
    const elapsedMs = Math.round(this.around.clock.now().getTime() - this.beganMs);
    const bootId = virtualBootId(this.around.bootedAt);
    const restarts = this.restarts + 1;
    this.journal?.append({ kind: 'restart', run: this.run, step: index, bootId, elapsedMs, restarts, cause });
  }

  private recordStepEnd(
    index: number,
    exitCode: number,
    meaning: ExitMeaning,
    ended: 'exited' | 'stopped',
  ): void {
    const { attempt, run, journal } = this;
    this.process = undefined;
    this.callOffTimeout();
    this.lastExitCode = exitCode;
    journal?.finishOutput(run);
    const win32Error = ended === 'exited' ? 0 : exitCode;
    const succeeded = meaning !== 'failure' && meaning !== 'tryAgain';
    const said = meaning === 'success' || meaning === 'failure' ? {} : { meaning };
    journal?.append({ kind: 'stepEnded', run, step: index, exitCode, succeeded, ended, win32Error, ...said });
    this.around.ledger.record({ event: 'stepEnded', attempt, run, step: index, exitCode, ended });
  }

  private stop(end: 'maximumDurationPassed' | 'cancelled'): void {
    if (this.over || this.stopRequest !== undefined) return;
    this.stopRequest = end;
    this.callOffNextStep();
    if (this.process !== undefined || this.isRestarting) {
      this.process?.kill();
      this.recordStepEnd(this.runningStep, stoppedExitCodes[end], 'failure', 'stopped');
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
    this.callOffTimeout();
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
/** As the runner: between two tries, and for a restart that a step says to have begun. */
const tryAgainPauseMs = 5000;
const restartWaitMs = 600_000;
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
