/** Attempts of the committed runner on a computer under Wine. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeJournal,
  encodePlan,
  foldJournal,
  type JournalProgress,
  type Plan,
  type PlanStep,
} from '@drover/domain';
import type { WineComputer } from '@drover/testing';

const executable = join(__dirname, '..', 'bin', 'runner-x64.exe');
const runner = 'C:\\windows\\Drover\\runner-x64.exe';

export class WineAttempts {
  private count = 0;

  constructor(readonly computer: WineComputer) {
    copyFileSync(executable, computer.path('windows', 'Drover', 'runner-x64.exe'));
    mkdirSync(computer.path('t'));
  }

  /** Writes the plan and returns the attempt's name. */
  async prepare(steps: PlanStep[], more: Partial<Plan> = {}): Promise<string> {
    const attemptName = `attempt-${++this.count}`;
    const retainUntil = new Date(Date.now() + 24 * 3600 * 1000);
    const plan = encodePlan({ attemptName, maximumDurationSeconds: 100, retainUntil, steps, ...more });
    await this.computer.setValue(`SOFTWARE\\Drover\\${attemptName}`, 'plan', plan);
    return attemptName;
  }

  /** @param word as Task Scheduler hands it over. */
  async start(attempt: string, word = 'begin'): Promise<number> {
    return (await this.computer.run(`${runner} ${attempt} ${word}`)).exitCode;
  }

  read(attempt: string): JournalProgress {
    const file = this.computer.path('windows', 'Drover', `${attempt}.journal`);
    return foldJournal(existsSync(file) ? decodeJournal(readFileSync(file), 0).records : []);
  }

  async carryOut(steps: PlanStep[], more: Partial<Plan> = {}): Promise<JournalProgress> {
    const attempt = await this.prepare(steps, more);
    await this.start(attempt);
    return this.read(attempt);
  }
}
