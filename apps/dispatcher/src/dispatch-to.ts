/**
 * One dispatch over an open session, without ledger, queue or credentials: place, ask for the grant, run. The benchmark
 * calls it as it is.
 */
import type { WindowsHost } from '@drover/windows-remote';
import { placeAttempt, type Placement } from './place-attempt';
import { runArguments } from './task-definition';

export type Dispatched =
  | { kind: 'started' }
  | { kind: 'refused'; because: string }
  /** Somebody has run the task of this attempt before; it was not run again. The grant has been given. */
  | { kind: 'touched' };

/**
 * @param requestGrant answers whether the attempt may begin; called after everything is in place and before anything runs.
 * @throws RemoteError; with `progress.isGranted` set the attempt may have begun.
 */
export async function dispatchTo(
  host: WindowsHost,
  placement: Placement,
  requestGrant: () => Promise<{ granted: boolean; because?: string | undefined }>,
  progress: { isGranted: boolean } = { isGranted: false },
): Promise<Dispatched> {
  const { names } = placement;
  const placed = await placeAttempt(host, placement);
  const hasBeenRun = placed === 'touched' && (await wasRun(host, placement));
  const grant = await requestGrant();
  if (!grant.granted) return { kind: 'refused', because: grant.because ?? 'the ledger did not say why' };
  progress.isGranted = true;
  if (hasBeenRun) return { kind: 'touched' };
  await host.tasks.run(names.taskPath, [...runArguments]);
  return { kind: 'started' };
}

/** After the ledger was restored from a backup it may not know that this attempt was run. */
async function wasRun(host: WindowsHost, { names }: Placement): Promise<boolean> {
  const [journal, task] = await Promise.all([
    host.files.stat(names.journalPath),
    host.tasks.state(names.taskPath),
  ]);
  return journal !== undefined || task === undefined || task.hasRun || task.state === 'running';
}
