import { createHash } from 'node:crypto';
import type { Execution } from '../computer/virtual-tasks';
import { Hresult } from '../refusal';
import { writeProcessFile } from './process-files';
import { interpretCommand } from './virtual-command';
import { VirtualProcess } from './virtual-process';
import { startRunner, type RunnerSurroundings } from './virtual-runner';

/**
 * Starts what a task's action names. Drover's runner (a file named by its hash) becomes the virtual runner, provided that
 * the file is there and whole: a half-pushed executable does not start on Windows either. Anything else is a command line.
 */
export function executeAction(
  command: string,
  commandArguments: string,
  around: RunnerSurroundings,
): Execution {
  const runner = /^c:\\(windows\\drover\\runner-([0-9a-f]{16})\.exe)$/i.exec(command.replace(/"/g, ''));
  if (runner === null) return startProcess(`${command} ${commandArguments}`, around);
  const content = around.disk.readFile(runner[1] as string);
  if (content === undefined) return failed(Hresult.fileNotFound);
  const hash = createHash('sha256').update(content).digest('hex');
  if (!hash.startsWith((runner[2] as string).toLowerCase())) return failed(badExecutable);
  return startRunner(commandArguments, around);
}

function startProcess(line: string, around: RunnerSurroundings): Execution {
  let finish: (code: number | undefined) => void = () => undefined;
  const exitCode = new Promise<number | undefined>((resolve) => (finish = resolve));
  const readFile = (path: string): Buffer | undefined => around.disk.readFile(path.replace(/^c:\\/i, ''));
  const outcome = interpretCommand(line, {
    computerName: around.computerName,
    script: around.script,
    readFile,
  });
  const write = (path: string, text: string, append: boolean): void =>
    writeProcessFile(around.disk, path, text, append);
  const process = new VirtualProcess(around.clock, outcome, { output: () => undefined, write }, finish);
  return {
    exitCode,
    kill: () => {
      process.kill();
      finish(undefined);
    },
  };
}

const failed = (code: number): Execution => ({ exitCode: Promise.resolve(code), kill: () => undefined });

/** HRESULT of ERROR_BAD_EXE_FORMAT, [MS-ERREF] 2.2. */
const badExecutable = 0x800700c1;
