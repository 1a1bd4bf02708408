/**
 * The clock of one simulated computer: it may run faster than real time (`speed`) and be wrong (`offsetMs`).
 * Everything that takes time on the computer waits on it, so a fleet at speed 60 does a minute's work in a second.
 */
export class HostClock {
  private readonly startedAtMs = Date.now();
  /** How far the computer's clock is ahead of this machine's. */
  offsetMs: number;
  readonly speed: number;

  constructor(options: { speed?: number; offsetMs?: number } = {}) {
    this.speed = options.speed ?? 1;
    this.offsetMs = options.offsetMs ?? 0;
    if (!(this.speed > 0)) throw new RangeError(`a clock's speed must be above zero: ${this.speed}`);
  }

  now(): Date {
    return new Date(this.startedAtMs + (Date.now() - this.startedAtMs) * this.speed + this.offsetMs);
  }

  /** Calls back once `computerMs` of the computer's time have passed; the returned function calls it off. */
  after(computerMs: number, action: () => void): () => void {
    let timer: NodeJS.Timeout;
    let remainingMs = Math.max(0, computerMs / this.speed);
    const arm = (): void => {
      const pieceMs = Math.min(remainingMs, timerMaxMs);
      remainingMs -= pieceMs;
      timer = setTimeout(() => (remainingMs > 0 ? arm() : action()), pieceMs);
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}

/** The longest wait that Node's timers hold. */
const timerMaxMs = 0x7fffffff;
