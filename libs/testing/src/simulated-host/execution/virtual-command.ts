/**
 * What a Command Prompt line does on a simulated computer. It understands the few commands that tests and demonstrations
 * use (echo, exit, ping and timeout as waits, type, ver, whoami, redirection, &, && and ||); any other command succeeds
 * and says one line, unless a script given by the test answers for it.
 */
export type CommandAction =
  | { do: 'output'; text: string }
  | { do: 'wait'; ms: number }
  | { do: 'write'; path: string; text: string; append: boolean };

export interface CommandOutcome {
  actions: CommandAction[];
  /** Unsigned 32 bits. */
  exitCode: number;
}

/** A test's own answer for a command; undefined leaves it to the built-in understanding. */
export type CommandScript = (
  command: string,
) => { exitCode?: number; output?: string; durationMs?: number } | undefined;

export interface CommandSurroundings {
  computerName: string;
  script?: CommandScript | undefined;
  readFile(path: string): Buffer | undefined;
}

/** Interprets the lines of one Command step; `exit` ends all of them. */
export function interpretCommand(command: string, surroundings: CommandSurroundings): CommandOutcome {
  const scripted = surroundings.script?.(command);
  if (scripted !== undefined) return scriptedOutcome(scripted);
  const actions: CommandAction[] = [];
  let exitCode = 0;
  for (const line of command.split(/\r?\n/).filter((text) => text.trim() !== '')) {
    let skip = false;
    for (const { text, joint } of splitLine(expandVariables(line, surroundings.computerName))) {
      if (joint === '&&') skip = exitCode !== 0;
      else if (joint === '||') skip = exitCode === 0;
      else skip = false;
      if (skip) continue;
      const result = simpleCommand(text, surroundings, exitCode);
      actions.push(...result.actions);
      exitCode = result.exitCode >>> 0;
      if (result.ends) return { actions, exitCode };
    }
  }
  return { actions, exitCode };
}

function scriptedOutcome(scripted: NonNullable<ReturnType<CommandScript>>): CommandOutcome {
  const actions: CommandAction[] = [];
  if (scripted.output !== undefined) actions.push({ do: 'output', text: scripted.output });
  if (scripted.durationMs !== undefined) actions.push({ do: 'wait', ms: scripted.durationMs });
  return { actions, exitCode: (scripted.exitCode ?? 0) >>> 0 };
}

interface SimpleResult extends CommandOutcome {
  ends?: boolean;
}

function simpleCommand(text: string, surroundings: CommandSurroundings, lastExitCode: number): SimpleResult {
  const { command, path, append } = redirection(text.trimStart().replace(/^@/, ''));
  const result = plainCommand(command, surroundings, lastExitCode);
  if (path === undefined) return result;
  const written = result.actions
    .filter((action) => action.do === 'output')
    .map((action) => action.text)
    .join('');
  const rest = result.actions.filter((action) => action.do !== 'output');
  return {
    ...result,
    actions: path === 'nul' ? rest : [...rest, { do: 'write', path, text: written, append }],
  };
}

function plainCommand(
  command: string,
  surroundings: CommandSurroundings,
  lastExitCode: number,
): SimpleResult {
  const [word = '', argument = ''] = /^("[^"]*"|\S+)\s*([^]*)$/.exec(command)?.slice(1) ?? [];
  const say = (text: string, exitCode = 0): SimpleResult => ({
    actions: [{ do: 'output', text: `${text}\r\n` }],
    exitCode,
  });
  const wait = (seconds: number): SimpleResult => ({
    actions: [{ do: 'wait', ms: seconds * 1000 }],
    exitCode: 0,
  });
  const name = word
    .replace(/"/g, '')
    .toLowerCase()
    .replace(/^.*\\/, '')
    .replace(/\.exe$/, '');
  switch (name) {
    case '':
    case 'rem':
    case 'set':
    case 'cd':
      return { actions: [], exitCode: lastExitCode };
    case 'exit': {
      const code = /(-?\d+)\s*$/.exec(argument)?.[1];
      return { actions: [], exitCode: code === undefined ? lastExitCode : Number(code), ends: true };
    }
    case 'echo':
      return say(command.slice(5));
    case 'echo.':
      return say('');
    case 'ping':
      return wait(Math.max(0, Number(/-n\s+(\d+)/i.exec(argument)?.[1] ?? 4) - 1));
    case 'timeout':
      return wait(Number(/(\d+)/.exec(argument)?.[1] ?? 0));
    case 'whoami':
      return say('nt authority\\system');
    case 'hostname':
      return say(surroundings.computerName);
    case 'ver':
      return say('\r\nMicrosoft Windows [Version 10.0.19045.4412]');
    case 'type': {
      const content = surroundings.readFile(argument.replace(/"/g, '').trim());
      return content === undefined
        ? say('The system cannot find the file specified.', 1)
        : { actions: [{ do: 'output', text: content.toString('utf8') }], exitCode: 0 };
    }
    case 'cmd':
      return interpretCommand(
        argument.replace(/^(\/[a-z]\s*)*/i, '').replace(/^"(.*)"$/s, '$1'),
        surroundings,
      );
    default:
      return say(`${name}: the operation completed successfully.`);
  }
}

/** Splits a line at &, && and || that stand outside quotes and are not escaped by a caret. */
function splitLine(line: string): { text: string; joint: '' | '&' | '&&' | '||' }[] {
  const parts: { text: string; joint: '' | '&' | '&&' | '||' }[] = [{ text: '', joint: '' }];
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const two = line.slice(at, at + 2);
    const current = parts[parts.length - 1] as { text: string };
    if (line[at] === '"') quoted = !quoted;
    if (!quoted && line[at] === '^' && at + 1 < line.length) {
      current.text += line[(at += 1)];
    } else if (!quoted && (two === '&&' || two === '||')) {
      parts.push({ text: '', joint: two });
      at += 1;
    } else if (!quoted && line[at] === '&' && line[at - 1] !== '>') {
      parts.push({ text: '', joint: '&' });
    } else current.text += line[at];
  }
  return parts;
}

function redirection(command: string): { command: string; path: string | undefined; append: boolean } {
  const merged = command.replace(/\s*2>\s*(&1|nul)/i, '');
  const found = /^((?:[^">]|"[^"]*")*?)\s*(>>?)\s*("[^"]+"|[^\s>]+)\s*$/.exec(merged);
  if (found === null) return { command: merged, path: undefined, append: false };
  const path = (found[3] as string).replace(/"/g, '');
  return {
    command: found[1] as string,
    path: path.toLowerCase() === 'nul' ? 'nul' : path,
    append: found[2] === '>>',
  };
}

/** By name in lower case. */
export const variablesOf = (computerName: string): Record<string, string> => ({
  windir: 'C:\\Windows',
  systemroot: 'C:\\Windows',
  temp: 'C:\\Windows\\Temp',
  computername: computerName,
  comspec: 'C:\\Windows\\system32\\cmd.exe',
  systemdrive: 'C:',
  programfiles: 'C:\\Program Files',
  'programfiles(x86)': 'C:\\Program Files (x86)',
  programdata: 'C:\\ProgramData',
});

export function expandVariables(line: string, computerName: string): string {
  const variables = variablesOf(computerName);
  return line.replace(/%([^%]+)%/g, (whole, name: string) => variables[name.toLowerCase()] ?? whole);
}
