import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RunnerFile } from '../ports';

/** The executable beside this service in the workspace and in the image. */
const builtInFile = resolve(__dirname, '../../../runner/bin/runner-x64.exe');
/** Far above the built one, for runners that carry an operator's signature. */
const runnerBytesMax = 4 * 1024 * 1024;

/**
 * Reads the runner once, at the start of the service; its name on the computers is its hash.
 * @param file the setting DROVER_RUNNER_FILE, for a runner that was signed by the operator.
 */
export async function readRunner(
  file: string = process.env['DROVER_RUNNER_FILE'] || builtInFile,
): Promise<RunnerFile> {
  const data = await readFile(file);
  const isExecutable = data.subarray(0, 2).toString('latin1') === 'MZ';
  if (!isExecutable || data.length > runnerBytesMax)
    throw new RangeError(
      `${file} is no runner: a Windows executable of at most ${runnerBytesMax} bytes is expected`,
    );
  return { data, sha256: createHash('sha256').update(data).digest('hex') };
}
