import { RegistryType, type VirtualRegistry } from '../computer/virtual-registry';
import type { Execute, Execution } from '../computer/virtual-tasks';
import type { WineComputer } from '../../wine/wine';

/**
 * Runs task actions for real below Wine. The runner reads Wine's registry, so the key of the attempt that its command line
 * names is copied there first, and a cancel when it is written.
 */
export const wineExecution =
  (computer: WineComputer) =>
  (registry: VirtualRegistry): Execute =>
  (command, commandArguments) => {
    const attempt = commandArguments.trim().split(/\s+/)[0] ?? '';
    const path = `SOFTWARE\\Drover\\${attempt}`;
    let copying = copyKey(registry, computer, path);
    const unwatch = registry.watch((changed) => {
      if (changed === path) copying = copying.then(() => copyKey(registry, computer, path));
    });
    return start(computer, `"${command}" ${commandArguments}`, attempt, copying, unwatch);
  };

function start(
  computer: WineComputer,
  line: string,
  attempt: string,
  ready: Promise<void>,
  done: () => void,
): Execution {
  let isKilled = false;
  const run = async (): Promise<number | undefined> => {
    await ready;
    const { exitCode } = await computer.run(line);
    return isKilled ? undefined : exitCode;
  };
  return {
    exitCode: run().finally(done),
    kill: () => {
      isKilled = true;
      const named = new RegExp(attempt.replace(/[^\w-]/g, '\\$&'));
      for (const pid of computer.processes(named)) process.kill(pid, 'SIGKILL');
    },
  };
}

async function copyKey(registry: VirtualRegistry, computer: WineComputer, path: string): Promise<void> {
  for (const { name, typeCode, data } of registry.find(path)?.values.values() ?? []) {
    const isNumber = typeCode === RegistryType.dword && data.length === 4;
    await computer.setValue(path, name, isNumber ? data.readUInt32LE() : data);
  }
}
