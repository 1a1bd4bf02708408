/** WPKG's commands: `<install cmd=…>` and `<command type=…>`, with what they include and what their exit codes mean. */
import { exitCodesMax, maximumDurationSecondsMax, type ExitCodes } from '@drover/domain';
import type { ImportLog, SourceStep } from '../import-log';
import { PackageImportError } from '../package-import-error';
import type { XmlElement } from '../xml/xml-element';
import { applies, hostMatchOf, type HostContext, type HostMatch } from './host-facts';
import { readCheck, type WpkgCheck } from './wpkg-checks';
import type { Expand } from './wpkg-variables';

/** The stages that WPKG runs by itself; any other type of command is run through an include. */
export const stages = ['install', 'upgrade', 'downgrade', 'remove'] as const;
export type Stage = (typeof stages)[number];

export interface WpkgCommand {
  type: string;
  command: string | undefined;
  include: string | undefined;
  workingFolder: string | undefined;
  timeoutSeconds: number | undefined;
  codes: ExitCodes;
  match: HostMatch;
  conditions: WpkgCheck[];
  /** What it is called in the report; includes are no steps. */
  source: SourceStep | undefined;
  line: number;
}

/** Every command of a package, in the order of the file. */
export function readCommands(element: XmlElement, log: ImportLog, packageName: string): WpkgCommand[] {
  const wanted = new Set<XmlElement>([
    ...stages.flatMap((stage) => element.takeAll(stage)),
    ...element.takeAll('commands').flatMap((group) => group.takeAll('command')),
  ]);
  const counts = new Map<string, number>();
  const inOrder = element.children.flatMap((child) => (child.name === 'commands' ? child.children : [child]));
  return inOrder
    .filter((child) => wanted.has(child))
    .map((child) => {
      const type = child.name === 'command' ? (child.take('type') ?? '') : child.name;
      const number = (counts.get(type) ?? 0) + 1;
      counts.set(type, number);
      return readCommand(child, type, () => log.step(packageName, `${type} ${number}`));
    });
}

function readCommand(element: XmlElement, type: string, asStep: () => SourceStep): WpkgCommand {
  const command = element.take('cmd');
  const include = element.take('include');
  const isStep = command !== undefined && command.trim() !== '';
  const source = isStep ? asStep() : undefined;
  const read: WpkgCommand = {
    type,
    command: isStep ? command : undefined,
    include,
    workingFolder: element.take('workdir'),
    timeoutSeconds: timeout(element.take('timeout'), element.line, source),
    codes: exitCodes(element, source),
    match: hostMatchOf(element),
    conditions: element
      .takeAll('condition')
      .flatMap((condition) => condition.takeAll('check').map(readCheck)),
    source,
    line: element.line,
  };
  for (const { what, line } of element.unread()) source?.lost(what, 'the importer does not know it', line);
  if (source) element.ignore();
  return read;
}

function timeout(text: string | undefined, line: number, source: SourceStep | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= maximumDurationSecondsMax) return seconds;
  source?.lost(`timeout="${text}"`, 'is not a number of seconds that Drover knows', line);
  return undefined;
}

/** 0 is success, and so is every code that is listed; `any` and `*` are all codes. */
function exitCodes(element: XmlElement, source: SourceStep | undefined): ExitCodes {
  const codes: ExitCodes = { successCodes: [0] };
  const quiet = new Set<number>();
  const needed = new Set<number>();
  for (const exit of element.takeAll('exit')) {
    const text = (exit.take('code') ?? '').trim();
    const reboot = (exit.take('reboot') ?? '').toLowerCase();
    if (/^(any|\*)$/i.test(text)) {
      codes.anyCode = true;
      if (reboot !== '' && reboot !== 'false')
        source?.lost(exit.shown(), 'a restart after every exit code cannot be told apart', exit.line);
      continue;
    }
    const code = Number(text);
    if (
      !/^-?\d+$/.test(text) ||
      code < -0x8000_0000 ||
      code > 0xffff_ffff ||
      codes.successCodes.length >= exitCodesMax
    ) {
      source?.lost(exit.shown(), 'is no exit code', exit.line);
      continue;
    }
    if (!codes.successCodes.includes(code)) codes.successCodes.push(code);
    if (reboot === 'false') quiet.add(code);
    else if (reboot !== '') needed.add(code);
    if (reboot === 'true')
      source?.lost(
        exit.shown(),
        'WPKG restarts at once; Drover notes that a restart is needed and goes on',
        exit.line,
      );
  }
  if (quiet.has(3010) || needed.size > 0)
    codes.restartNeededCodes = [...new Set([...(quiet.has(3010) ? [] : [3010]), ...needed])].filter((code) =>
      codes.successCodes.includes(code),
    );
  if (quiet.has(1641)) codes.restartBegunCodes = [];
  return codes;
}

/** Includes of includes: more than a package can have steps in any case. */
const visitsMax = 10_000;

/**
 * The commands of a stage on a computer of this context, with included ones in their place. A stage that includes itself
 * ends there, as in WPKG. @throws PackageImportError 'tooLarge' when includes multiply without end
 */
export function expandStage(
  commands: readonly WpkgCommand[],
  type: string,
  context: HostContext,
): WpkgCommand[] {
  let visits = 0;
  const expanded = (wanted: string, within: readonly string[]): WpkgCommand[] => {
    if (within.includes(wanted)) return [];
    return commands
      .filter((command) => command.type === wanted && command.match.unknown.length === 0)
      .filter((command) => applies(command.match, context))
      .flatMap((command) => {
        visits += 1;
        if (visits > visitsMax)
          throw new PackageImportError('tooLarge', `includes give more than ${visitsMax} commands`, {
            line: command.line,
            column: 1,
          });
        return [
          ...(command.include === undefined ? [] : expanded(command.include, [...within, wanted])),
          ...(command.command === undefined ? [] : [command]),
        ];
      });
  };
  return expanded(type, []);
}

/** Types that a stage reaches by its includes, whatever the computer. */
export function reachedTypes(commands: readonly WpkgCommand[]): Set<string> {
  const reached = new Set<string>(stages);
  const waiting: string[] = [...stages];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop())
    for (const { include } of commands.filter((command) => command.type === type))
      if (include !== undefined && !reached.has(include)) {
        reached.add(include);
        waiting.push(include);
      }
  return reached;
}

/** What is typed in a Command Prompt for it. A command that WPKG starts through `cmd /c` is given without it. */
export function commandText(command: WpkgCommand, expand: Expand): string {
  const line = withoutPrompt(expand(command.command ?? '').text.trim());
  const folder = command.workingFolder === undefined ? '' : expand(command.workingFolder).text.trim();
  return folder === '' ? line : `pushd "${folder}"\n${line}`;
}

/** WPKG starts programs without a Command Prompt, so these characters reach the program as they are. */
export function meansMoreInPrompt(command: string, expand: Expand): boolean {
  const line = expand(command).plain;
  return !promptStart.test(line.trim()) && /[&|<>^]/.test(line.replace(/"[^"]*"/g, ''));
}

const promptStart =
  /^"?(?:%comspec%|(?:%(?:windir|systemroot)%\\system32\\)?cmd(?:\.exe)?)"?((?:\s+\/[dsq])*)\s+\/c\s*/i;

function withoutPrompt(line: string): string {
  const start = promptStart.exec(line);
  if (!start) return line;
  const rest = line.slice(start[0].length).trim();
  if (rest === '') return line;
  const quotes = rest.split('"').length - 1;
  // What `cmd /?` says of quotes: kept when there are exactly two, around the name of a program, else the outer ones go.
  const areKept =
    !rest.startsWith('"') ||
    (!/\/s/i.test(start[1] ?? '') &&
      quotes === 2 &&
      /\s/.test(rest.slice(1, rest.lastIndexOf('"'))) &&
      !/[&<>()@^|]/.test(rest));
  if (areKept) return rest;
  const last = rest.lastIndexOf('"');
  return `${rest.slice(1, last)}${rest.slice(last + 1)}`.trim() || line;
}
