import type { HostClock } from '../computer/clock';
import type { CommandAction, CommandOutcome } from './virtual-command';

export interface ProcessEffects {
  output(text: string): void;
  write(path: string, text: string, append: boolean): void;
}

/** One simulated process that works through its actions on the computer's clock. */
export class VirtualProcess {
  private callOff: (() => void) | undefined;
  private done = false;

  constructor(
    private readonly clock: HostClock,
    private readonly outcome: CommandOutcome,
    private readonly effects: ProcessEffects,
    private readonly exited: (exitCode: number) => void,
  ) {
    this.callOff = clock.after(0, () => this.next(0));
  }

  /** Ends it in the middle; `exited` is not called any more. */
  kill(): void {
    this.done = true;
    this.callOff?.();
  }

  private next(index: number): void {
    for (let at = index; at < this.outcome.actions.length && !this.done; at += 1) {
      const action = this.outcome.actions[at] as CommandAction;
      if (action.do === 'wait') {
        this.callOff = this.clock.after(action.ms, () => this.next(at + 1));
        return;
      }
      if (action.do === 'output') this.effects.output(action.text);
      else this.effects.write(action.path, action.text, action.append);
    }
    if (this.done) return;
    this.done = true;
    this.exited(this.outcome.exitCode);
  }
}
