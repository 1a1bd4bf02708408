/**
 * The task that carries an attempt: the action is the runner with the attempt's name and `$(Arg1)`, so that only an
 * explicit run with the word `begin` begins anything; started otherwise, the runner gets `$(Arg1)` as it stands. Its one trigger is the retention deadline, at which the runner sweeps
 * up and Task Scheduler lets the task expire. [MS-TSCH] 2.5
 */
import { beginWord, type AttemptNames } from '@drover/remote-work';

/**
 * What is passed to SchRpcRun for this definition. The word is the second value because servers made with impacket read a
 * first one wrongly (libs/windows-remote, tsch.procedures.ts); the first is not referred to.
 */
export const runArguments: readonly string[] = [beginWord, beginWord];

const hourMs = 3_600_000;
/** A computer that is off at the deadline sweeps within this time after it is back. */
const sweepWindowMs = 24 * 30 * hourMs;
/** The runner ends its work itself; Task Scheduler's limit is the net below it. */
const limitMarginSeconds = 600;
/** The default, 7, makes installers starve for disk and processor. */
const priority = 5;

export interface TaskWishes {
  names: AttemptNames;
  /** Absolute on the computer. */
  runnerPath: string;
  maximumDurationSeconds: number;
  /** By the computer's own clock. */
  retainUntil: Date;
  /** The runner may have to go on after a restart. */
  mayRestart: boolean;
}

/**
 * Starts the runner without the word that begins: it goes on when its journal says that it asked for the restart, and does
 * nothing else. The task expires only when this trigger does, too.
 */
const bootTrigger = (until: Date): string =>
  `<BootTrigger><EndBoundary>${utc(until)}</EndBoundary><Enabled>true</Enabled><Delay>PT30S</Delay></BootTrigger>`;

export function taskDefinition(wishes: TaskWishes): string {
  const { names, runnerPath, maximumDurationSeconds, retainUntil, mayRestart } = wishes;
  const until = new Date(retainUntil.getTime() + sweepWindowMs);
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '<RegistrationInfo><Author>Drover</Author>',
    '<Description>Carries out one deployment and is removed after it.</Description></RegistrationInfo>',
    '<Triggers><TimeTrigger>',
    `<StartBoundary>${utc(retainUntil)}</StartBoundary><EndBoundary>${utc(until)}</EndBoundary><Enabled>true</Enabled>`,
    '</TimeTrigger>',
    mayRestart ? bootTrigger(until) : '',
    '</Triggers>',
    '<Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>',
    '<Settings>',
    '<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '<AllowHardTerminate>true</AllowHardTerminate>',
    '<StartWhenAvailable>true</StartWhenAvailable>',
    '<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>',
    '<IdleSettings><StopOnIdleEnd>false</StopOnIdleEnd><RestartOnIdle>false</RestartOnIdle></IdleSettings>',
    '<AllowStartOnDemand>true</AllowStartOnDemand>',
    '<Enabled>true</Enabled>',
    '<Hidden>true</Hidden>',
    '<RunOnlyIfIdle>false</RunOnlyIfIdle>',
    '<WakeToRun>false</WakeToRun>',
    `<ExecutionTimeLimit>PT${maximumDurationSeconds + limitMarginSeconds}S</ExecutionTimeLimit>`,
    '<DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>',
    `<Priority>${priority}</Priority>`,
    '</Settings>',
    '<Actions Context="Author"><Exec>',
    `<Command>${escaped(runnerPath)}</Command><Arguments>${escaped(names.name)} $(Arg1)</Arguments>`,
    '</Exec></Actions>',
    '</Task>',
  ].join('\n');
}

/** Whole seconds: Task Scheduler's xs:dateTime is not asked to understand fractions. */
const utc = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
