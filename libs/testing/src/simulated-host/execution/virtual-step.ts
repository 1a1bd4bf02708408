/**
 * What one step of a plan does on a simulated computer, apart from restarts, which the runner itself sees to. A test's script
 * answers for every command line, those of `msiexec` and `taskkill` included.
 */
import { evaluateCriteria, fitsUninstallEntry, type PlanStep } from '@drover/domain';
import {
  interpretCommand,
  expandVariables,
  type CommandAction,
  type CommandOutcome,
} from './virtual-command';
import { diskPath, uninstallProducts, virtualFacts, type VirtualProduct } from './virtual-facts';
import type { RunnerSurroundings } from './virtual-runner';

export type VirtualStep = Exclude<PlanStep, { type: 'restart' }>;

export function performStep(step: VirtualStep, around: RunnerSurroundings): CommandOutcome {
  const say = (text: string): CommandAction => ({ do: 'output', text: `${text}\r\n` });
  const interpret = (line: string): CommandOutcome =>
    interpretCommand(line, {
      computerName: around.computerName,
      script: around.script,
      readFile: (path) => around.disk.readFile(diskPath(path)),
    });
  switch (step.type) {
    case 'command':
      return interpret(step.command);
    case 'process':
      return interpret(expandVariables(step.commandLine, around.computerName));
    case 'condition': {
      const { holds, lines } = evaluateCriteria(step.criteria, virtualFacts(around));
      return { actions: lines.map(say), exitCode: holds ? 0 : 1 };
    }
    case 'killProcess': {
      const wanted = step.pid === undefined ? `/im ${step.image ?? ''}` : `/pid ${step.pid}`;
      const line = `taskkill ${wanted}${step.force ? ' /f' : ''}${step.children ? ' /t' : ''}`;
      // No process but the steps' own ever runs on a simulated computer.
      return around.script?.(line) ? interpret(line) : { actions: [say('no such process')], exitCode: 128 };
    }
    case 'msiUninstall':
      return removeProducts(step, around, interpret);
    case 'copyFiles':
      return copyFiles(step, around);
    case 'wait':
      return { actions: [{ do: 'wait', ms: step.seconds * 1000 }], exitCode: 0 };
    case 'message':
      return { actions: [say('shown to 0 users')], exitCode: 0 };
  }
}

/** ERROR_UNKNOWN_PRODUCT, [MS-ERREF] 2.2. */
const unknownProduct = 1605;

function removeProducts(
  step: Extract<VirtualStep, { type: 'msiUninstall' }>,
  around: RunnerSurroundings,
  interpret: (line: string) => CommandOutcome,
): CommandOutcome {
  const { productCode, productName: name, publisher, version } = step;
  const fits = (product: VirtualProduct): boolean =>
    productCode === undefined
      ? product.isMsi &&
        fitsUninstallEntry(product, { name, publisher, operator: version?.operator, version: version?.value })
      : product.code.toLowerCase() === productCode.toLowerCase();
  const actions: CommandAction[] = [];
  let exitCode = unknownProduct;
  for (const product of (['64', '32'] as const)
    .flatMap((view) => uninstallProducts(around, view))
    .filter(fits)) {
    const line = `msiexec.exe /x${product.code} /qn /norestart`;
    const outcome = interpret(line);
    actions.push({ do: 'output', text: `${line}: ${outcome.exitCode}\r\n` }, ...outcome.actions);
    const isRemoved = outcome.exitCode === 0 || outcome.exitCode === 3010;
    if (isRemoved) around.registry.deleteKey(product.path);
    if (exitCode === unknownProduct || !isRemoved) exitCode = outcome.exitCode;
  }
  return { actions, exitCode };
}

/** ERROR_FILE_NOT_FOUND, [MS-ERREF] 2.2. */
const fileNotFound = 2;

/** Files on the computer itself; a share is not there. */
function copyFiles(
  step: Extract<VirtualStep, { type: 'copyFiles' }>,
  { disk, computerName }: RunnerSurroundings,
): CommandOutcome {
  const [from, to] = [step.from, step.to].map((path) => diskPath(expandVariables(path, computerName)));
  const source = disk.stat(from ?? '');
  const [, folder = '', last = ''] = /^(.*?)\\?([^\\]*)$/.exec(from ?? '') ?? [];
  const pattern = new RegExp(
    `^${
      source?.isDirectory
        ? '.*'
        : last
            .replace(/[.+^${}()|[\]\\]/g, '\\$&')
            .replace(/\*/g, '.*')
            .replace(/\?/g, '.')
    }$`,
    'i',
  );
  const base = source?.isDirectory ? (from ?? '') : folder;
  let copied = 0;
  let skipped = 0;
  for (const path of disk.files(base)) {
    const name = path.slice(base.length).replace(/^\\/, '');
    if ((name.includes('\\') && !step.recurse) || !pattern.test(name.split('\\')[0] ?? '')) continue;
    const target = disk.stat(`${to}\\${name}`);
    const isNewer =
      target === undefined || (disk.stat(path)?.modifiedAt ?? target.modifiedAt) > target.modifiedAt;
    if (target !== undefined && (step.overwrite === 'never' || (step.overwrite === 'newer' && !isNewer))) {
      skipped += 1;
      continue;
    }
    disk.ensureFolder(`${to}\\${name}`.replace(/\\[^\\]*$/, ''));
    disk.writeFile(`${to}\\${name}`, disk.readFile(path) ?? Buffer.alloc(0));
    copied += 1;
  }
  const text = `${copied} files copied, ${skipped} left as they were, 0 failed\r\n`;
  const isThere = copied + skipped > 0 || source !== undefined;
  return { actions: [{ do: 'output', text }], exitCode: isThere ? 0 : fileNotFound };
}
