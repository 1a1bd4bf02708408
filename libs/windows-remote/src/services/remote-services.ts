export type ServiceState =
  'stopped' | 'startPending' | 'stopPending' | 'running' | 'continuePending' | 'pausePending' | 'paused';

export type ServiceStartType = 'boot' | 'system' | 'automatic' | 'manual' | 'disabled';

export interface ListedService {
  name: string;
  displayName: string;
  state: ServiceState;
}

/** The computer's service control manager. Names are the short ones: `Schedule`, not `Task Scheduler`. */
export interface RemoteServices {
  /** `undefined` when there is no such service. */
  query(name: string): Promise<{ state: ServiceState; startType: ServiceStartType } | undefined>;
  /**
   * Starts a service and waits until it runs.
   * @param waitMs how long to wait for RUNNING; 0 returns as soon as the start was accepted.
   * @throws RemoteError 'refused'/'serviceDisabled' (Win32 1058), 'refused'/'notFound', 'busy'/'databaseLocked',
   *   'refused'/'serviceNotRunning' when the service stops again, 'unreachable'/'deadline' when `waitMs` has passed.
   */
  start(name: string, waitMs: number): Promise<'started' | 'alreadyRunning'>;
  /**
   * Stops a service and waits until it has stopped. Services that depend on it are not stopped: the computer refuses.
   * @param waitMs as for `start`
   */
  stop(name: string, waitMs: number): Promise<'stopped' | 'alreadyStopped'>;
  /** Win32 services, running or not; drivers are left out. */
  list(): Promise<ListedService[]>;
  /** Changes only the start type. */
  setStartType(name: string, startType: ServiceStartType): Promise<void>;
}
