/**
 * Puts everything of an attempt on a computer without starting anything: the runner, the attempt's key with the plan, and
 * the inert task. What is independent leaves together: PROTOCOL.md's shortest dispatch. All of it may be done twice.
 */
import { encodePlan, mayRestart, planFor, type PackageContent } from '@drover/domain';
import {
  droverFolder,
  folderDescriptor,
  keyDescriptor,
  openRegistry,
  planValue,
  runnerFileName,
  taskFolder,
  together,
  type AttemptNames,
} from '@drover/remote-work';
import { RemoteError, type WindowsHost } from '@drover/windows-remote';
import type { RunnerFile } from './ports';
import { taskDefinition } from './task-definition';

/** How long task, plan and journal wait on a computer that nobody collects from, after the longest possible run. */
const retentionMs = 30 * 24 * 3_600_000;

export interface Placement {
  names: AttemptNames;
  content: PackageContent;
  runner: RunnerFile;
}

/** `touched`: a party before this one has been here in the same attempt. */
export type Placed = 'fresh' | 'touched';

/**
 * @throws RemoteError as the computer answers; what was placed until then is inert, and `removePlaced` takes it away.
 */
export async function placeAttempt(host: WindowsHost, placement: Placement): Promise<Placed> {
  const { names, content, runner } = placement;
  const retainUntil = new Date(
    host.info.serverTime.getTime() + content.maximumDurationSeconds * 1000 + retentionMs,
  );
  const planned = planFor(content, names.name, retainUntil);
  const plan = encodePlan(planned);
  const runnerPath = `${droverFolder}\\${runnerFileName(runner.sha256)}`;
  const xml = taskDefinition({
    names,
    runnerPath: `C:\\${runnerPath}`,
    maximumDurationSeconds: content.maximumDurationSeconds,
    retainUntil,
    mayRestart: mayRestart(planned),
  });
  const [, task, key] = await together([
    ensureRunner(host, names, runnerPath, runner),
    registerTask(host, names.taskPath, xml),
    writePlan(host, names, plan),
  ]);
  return task === 'existed' || key === 'opened' ? 'touched' : 'fresh';
}

/** Takes the inert things of an attempt away again. Nothing of an attempt that may have begun goes through here. */
export async function removePlaced(host: WindowsHost, names: AttemptNames): Promise<void> {
  const removeKey = async (): Promise<void> => {
    await openRegistry(host);
    await host.registry.deleteTree(names.keyPath);
  };
  await together([
    host.tasks.delete(names.taskPath),
    host.files.delete(names.temporaryRunnerPath),
    removeKey(),
  ]);
}

async function writePlan(
  host: WindowsHost,
  names: AttemptNames,
  plan: Buffer,
): Promise<'created' | 'opened'> {
  await openRegistry(host);
  const { key, disposition } = await host.registry.createKey(names.keyPath, {
    securityDescriptor: keyDescriptor,
  });
  await key.setValue(planValue, { type: 'binary', data: plan });
  return disposition;
}

async function registerTask(host: WindowsHost, path: string, xml: string): Promise<'created' | 'existed'> {
  await host.tasks.open();
  const register = async (): Promise<'created' | 'existed'> => {
    try {
      await host.tasks.register(path, xml, { mode: 'create' });
      return 'created';
    } catch (error) {
      if (error instanceof RemoteError && error.reason === 'alreadyExists') return 'existed';
      throw error;
    }
  };
  try {
    return await register();
  } catch (error) {
    if (!(error instanceof RemoteError) || error.reason !== 'notFound') throw error;
  }
  await host.tasks.createFolder(taskFolder);
  return register();
}

/** The name is the content's hash, so a file of that name and size is the runner. */
async function ensureRunner(
  host: WindowsHost,
  names: AttemptNames,
  path: string,
  runner: RunnerFile,
): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await host.files.stat(path))?.sizeBytes === runner.data.length;
  if (await isThere()) return;
  if ((await host.files.makeDirectory(droverFolder)) === 'created')
    await host.files.setSecurity(droverFolder, folderDescriptor);
  await host.files.write(names.temporaryRunnerPath, runner.data, { mode: 'overwrite' });
  try {
    await host.files.rename(names.temporaryRunnerPath, path, { replace: true });
  } catch (error) {
    // Another dispatcher was faster, and its copy is running already.
    if (!(await isThere())) throw error;
    await host.files.delete(names.temporaryRunnerPath);
  }
  if (!(await isThere()))
    throw new RemoteError('refused', 'malwareFound', 'the runner was gone right after it had been copied');
}
