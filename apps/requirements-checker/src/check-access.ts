/** What is checked over one session: rights, the runner's folder and the two services. One flight per row where possible. */
import type { Assignment, Verdict } from '@drover/contracts';
import { droverFolder, failureOf, folderDescriptor, verdictOf, type Failure } from '@drover/remote-work';
import { RemoteError, type WindowsHost } from '@drover/windows-remote';

export interface Finding {
  verdict: Verdict;
  /** Present when the verdict is `fail` or `unknown`. */
  failure?: Failure;
}

const serviceStartMs = 15_000;

/**
 * REQ-6 to REQ-9, all of them, in order, so that an administrator sees everything that is wrong at once.
 * @throws only what is not about the computer.
 */
export async function checkAccess(
  host: WindowsHost,
  assignment: Pick<Assignment, 'targetId' | 'attempt'>,
): Promise<Finding[]> {
  const [share, scheduler, registry] = await Promise.all([
    finding('REQ-6', 'C$ is open to the account', () => host.files.connect()),
    service(host, 'REQ-8', 'Schedule', 'Task Scheduler'),
    service(host, 'REQ-9', 'RemoteRegistry', 'Remote Registry'),
  ]);
  const manager = [scheduler, registry].find((f) => f.failure?.cause.reason === 'accessDenied');
  const rights = share.failure ? explainShare(share) : manager ? asRights(manager) : share;
  if (share.failure) return [rights, untested('REQ-7', 'C$ is not open'), scheduler, registry];
  const folder = await finding('REQ-7', 'the runner’s folder can be written', () =>
    writeProbe(host, assignment.targetId),
  );
  return [rights, folder, scheduler, registry];
}

/** Makes the folder as the dispatcher needs it, and proves with a file that it can be written. */
async function writeProbe(host: WindowsHost, targetId: string): Promise<void> {
  if ((await host.files.makeDirectory(droverFolder)) === 'created')
    await host.files.setSecurity(droverFolder, folderDescriptor);
  // Named by the target: what a lost connection leaves is found when the target is closed.
  const path = `${droverFolder}\\${targetId}-check.tmp`;
  await host.files.write(path, Buffer.from('drover'), { mode: 'overwrite' });
  await host.files.delete(path);
}

async function service(
  host: WindowsHost,
  requirement: string,
  name: string,
  title: string,
): Promise<Finding> {
  let wasStarted = false as boolean;
  const found = await finding(requirement, `${title} runs`, async () => {
    const status = await host.services.query(name);
    if (!status) throw new RemoteError('refused', 'notFound', `there is no service ${name}`);
    if (status.state === 'running') return;
    if (status.startType === 'disabled')
      throw new RemoteError('refused', 'serviceDisabled', `the service ${title} is disabled`);
    await host.services.start(name, serviceStartMs);
    wasStarted = true;
  });
  if (found.failure) return forService(found, requirement, name, title);
  if (!wasStarted) return found;
  return { verdict: { requirement, result: 'fixed', seen: `${title} was stopped and has been started` } };
}

function forService(found: Finding, requirement: string, name: string, title: string): Finding {
  const failure = found.failure;
  if (!failure || failure.fact === 'offline' || failure.cause.reason === 'accessDenied') return found;
  const command = `sc.exe \\\\COMPUTER config ${name} start= demand`;
  const isDisabled = failure.cause.reason === 'serviceDisabled';
  const cause = {
    ...failure.cause,
    message: isDisabled ? `the service ${title} is disabled` : failure.cause.message,
    remedy: isDisabled
      ? `set its start type to manual (${command}) or by group policy`
      : `look for the reason in the System event log of the computer`,
  };
  return withFailure({ ...failure, requirement, cause });
}

const explainShare = (share: Finding): Finding =>
  share.failure?.cause.reason === 'notFound'
    ? withFailure({
        ...share.failure,
        requirement: 'REQ-6',
        cause: {
          ...share.failure.cause,
          message: 'the administrative share C$ does not exist',
          remedy:
            'remove AutoShareWks or AutoShareServer = 0 from the registry and restart the Server service',
        },
      })
    : share;

const asRights = (manager: Finding): Finding =>
  manager.failure ? withFailure({ ...manager.failure, requirement: 'REQ-6' }) : manager;

const withFailure = (failure: Failure): Finding => ({ verdict: verdictOf(failure), failure });

const untested = (requirement: string, seen: string): Finding => ({
  verdict: { requirement, result: 'unknown', seen },
});

/** Turns what a computer refuses into a finding; everything else is thrown on. */
async function finding(requirement: string, seen: string, check: () => Promise<void>): Promise<Finding> {
  try {
    await check();
    return { verdict: { requirement, result: 'pass', seen } };
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    // What the connection does is no verdict on the requirement that was being checked.
    if (failure.fact === 'offline')
      return { verdict: { ...verdictOf({ ...failure, requirement }), result: 'unknown' }, failure };
    return withFailure({
      ...failure,
      requirement: failure.cause.reason === 'accessDenied' ? 'REQ-6' : requirement,
    });
  }
}
