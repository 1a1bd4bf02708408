/**
 * Stops a worker before its next flight when the job is no longer its own. Losing the queue's lock aborts the signal;
 * but a process that was frozen wakes up with answers in its sockets before any timer has noticed, so a pause longer than
 * the lock can live also counts as lost.
 */
import { RemoteWorkError } from '../remote-work-error';
import type { Clock } from '../ports';

/** Below the lock duration of the workers' queues (30 s), above the limit of one operation. */
export const pauseMaxMs = 20_000;
/** One operation on a computer takes at most this, so that a pause beyond `pauseMaxMs` is never just a slow reply. */
export const operationDeadlineMs = 15_000;

export interface FlightGuard {
  readonly signal: AbortSignal;
  /** For ConnectOptions. */
  beforeFlight(): void;
  /** @throws RemoteWorkError 'stopped' when the work must not go on; called before anything that has an effect. */
  check(): void;
  /** Waiting on purpose is no pause: starts counting again. */
  rest(): void;
}

export function flightGuard(clock: Clock, signal: AbortSignal): FlightGuard {
  let lastMs = clock.monotonicMs();
  let stopped: RemoteWorkError | undefined;
  const check = (): void => {
    const nowMs = clock.monotonicMs();
    if (signal.aborted) stopped ??= new RemoteWorkError('stopped', 'the job was taken away', signal.reason);
    if (nowMs - lastMs > pauseMaxMs)
      stopped ??= new RemoteWorkError(
        'stopped',
        `the worker stood still for ${Math.round(nowMs - lastMs)} ms`,
      );
    lastMs = nowMs;
    if (stopped) throw stopped;
  };
  return {
    signal,
    beforeFlight: check,
    check,
    rest: () => {
      lastMs = clock.monotonicMs();
    },
  };
}
