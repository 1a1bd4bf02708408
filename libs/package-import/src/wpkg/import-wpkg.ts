/**
 * WPKG packages. WPKG keeps a list of what each computer should have, and installs, upgrades, downgrades and removes to
 * get there; Drover runs a package when it is told to. So one WPKG package becomes one package that installs (and
 * upgrades, when the commands are the same), and others for what else it can do. Rules: docs/importing.md.
 */
import { textsOf, type PackageContent, type Step } from '@drover/domain';
import type { ImportLog } from '../import-log';
import { baseName, label, packageOf, shortName } from '../step-building';
import type { XmlElement } from '../xml/xml-element';
import {
  contextsOf,
  factsMax,
  hostMatchOf,
  type HostContext,
  type HostFact,
  type HostMatch,
} from './host-facts';
import { criterionOfCheck, matchesOfCheck, readCheck, textsOfCheck, type WpkgCheck } from './wpkg-checks';
import {
  commandText,
  expandStage,
  meansMoreInPrompt,
  reachedTypes,
  readCommands,
  stages,
  type Stage,
  type WpkgCommand,
} from './wpkg-commands';
import {
  stageSteps,
  together,
  type Chain,
  type CheckPart,
  type StageCommand,
  type Variant,
} from './wpkg-stage';
import { WpkgVariables, type Expand, type WpkgVariable } from './wpkg-variables';

/** @param root `<packages>`, or a `<package>` alone */
export function importWpkg(root: XmlElement, log: ImportLog): PackageContent[] {
  const elements = root.name === 'package' ? [root] : root.takeAll('package');
  const packages = elements.flatMap((element) => importPackage(element, log));
  for (const { what, line } of root.unread()) log.list('', what, 'the importer does not know it', line);
  return packages;
}

interface WpkgPackage {
  name: string;
  id: string;
  element: XmlElement;
  checks: (WpkgCheck & { source: ReturnType<ImportLog['step']> })[];
  commands: WpkgCommand[];
  variables: WpkgVariables;
  facts: HostFact[];
  prechecks: Record<Stage, boolean>;
}

function importPackage(element: XmlElement, log: ImportLog): PackageContent[] {
  log.packages += 1;
  const id = element.take('id') ?? '';
  const written = element.take('name') ?? id;
  const rawName = shortName(written, id);
  const variables = readVariables(element, log, rawName);
  const checks = element
    .takeAll('check')
    .map(readCheck)
    .map((check, index) => ({ ...check, source: log.step(rawName, `check ${index + 1}`) }));
  element.takeAll('check').forEach((check, index) => {
    for (const { what, line } of check.unread())
      checks[index]?.source.lost(what, 'the importer does not know it', line);
    check.ignore();
  });
  const commands = readCommands(element, log, rawName);
  const matches = [
    ...variables.map(({ match }) => match),
    ...checks.flatMap(matchesOfCheck),
    ...commands.flatMap(({ match, conditions }) => [match, ...conditions.flatMap(matchesOfCheck)]),
  ];
  const read: WpkgPackage = {
    name: rawName,
    id,
    element,
    checks,
    commands,
    variables: new WpkgVariables(variables, [
      ...checks.flatMap(textsOfCheck),
      ...commands.map(({ command }) => command ?? ''),
      ...variables.map(({ value }) => value),
    ]),
    facts: factsOf(matches),
    prechecks: prechecksOf(element),
  };
  listLosses(read, log);
  const made = packagesOf(read, log);
  if (made.length === 0) {
    log.list(
      rawName,
      `<package id="${id}">`,
      'it has no commands, so there is nothing to deploy',
      element.line,
    );
    element.ignore();
  }
  for (const { what, line } of element.unread())
    log.list(rawName, what, 'the importer does not know it', line);
  element.ignore();
  return made;
}

function readVariables(element: XmlElement, log: ImportLog, packageName: string): WpkgVariable[] {
  return element.takeAll('variable').flatMap((variable) => {
    const name = variable.take('name') ?? '';
    const value = variable.take('value') ?? '';
    const match = hostMatchOf(variable);
    if (match.unknown.length === 0) return [{ name, value, match }];
    variable.ignore();
    log.list(
      packageName,
      variable.shown(),
      `Drover cannot ask for ${match.unknown.join(', ')}`,
      variable.line,
    );
    return [];
  });
}

/** The facts that make a difference, at most `factsMax`; matches with others become unknown. */
function factsOf(matches: readonly HostMatch[]): HostFact[] {
  const facts = new Map<string, HostFact>();
  for (const match of matches)
    for (const { fact } of match.wanted) {
      if (facts.size < factsMax || facts.has(fact.key)) facts.set(fact.key, fact);
      else match.unknown.push(`${fact.key}, beside ${factsMax} other questions`);
    }
  return [...facts.values()];
}

/** Whether WPKG looks first if there is anything to do. `execute="always"` never does. */
function prechecksOf(element: XmlElement): Record<Stage, boolean> {
  const isAlways = (stage: Stage, usual: string): boolean =>
    (element.take(`precheck-${stage}`) ?? usual).toLowerCase() === 'always';
  const isForced = element.take('execute') === 'always';
  return {
    install: isAlways('install', 'always') && !isForced,
    upgrade: isAlways('upgrade', 'never') && !isForced,
    downgrade: isAlways('downgrade', 'never') && !isForced,
    remove: isAlways('remove', 'never') && !isForced,
  };
}

function listLosses(read: WpkgPackage, log: ImportLog): void {
  const { element, name, commands } = read;
  const list = (what: string, reason: string, line = element.line): void =>
    log.list(name, what, reason, line);
  const execute = element.take('execute');
  if (execute === 'always' || execute === 'changed')
    list(
      `execute="${execute}"`,
      'WPKG runs it again at each synchronization; in Drover a schedule does that',
    );
  const priority = element.take('priority');
  if (priority !== undefined && Number(priority) !== 0)
    list(`priority="${priority}"`, 'packages have no order among each other in Drover');
  const notify = element.take('notify');
  if (notify !== undefined && notify !== 'false')
    list(`notify="${notify}"`, 'users are told by a message step');
  const references = {
    depends: 'deploy the other package first',
    include: 'deploy the other package too',
    chain: 'deploy the other package after it',
  };
  for (const [reference, reason] of Object.entries(references))
    for (const other of element.takeAll(reference)) {
      const shown = other.shown();
      other.ignore();
      list(shown, `Drover knows no dependencies between packages: ${reason}`, other.line);
    }
  for (const download of element.takeAll('download')) {
    const shown = download.shown();
    download.ignore();
    list(shown, 'files come from the package share; put this one there', download.line);
  }
  const reached = reachedTypes(commands);
  for (const { type, source, line, match, conditions } of commands) {
    if (match.unknown.length > 0) {
      const what = match.unknown.join(', ');
      const reason = 'Drover cannot ask for it, so what depends on it is left out';
      if (source) source.lost(what, reason, line);
      else list(what, reason, line);
    }
    if (!reached.has(type))
      source?.lost(`type="${type}"`, 'no stage includes it, so WPKG never runs it', line);
    if (!source && conditions.length > 0) list('<condition>', 'a condition of an include is left out', line);
  }
  const texts = commands.map(({ command }) => command ?? '');
  for (const unused of read.variables.unusedIn([...texts, ...read.checks.flatMap(textsOfCheck), name]))
    list(`<variable name="${unused}">`, 'nothing in the package uses it');
  for (const missing of read.variables.undefinedIn([...texts, ...read.checks.flatMap(textsOfCheck)]))
    listUndefined(missing, list);
  if (
    element.children.some((child) => child.name === 'variable') &&
    texts.some((text) => /\.(cmd|bat|vbs|js|wsf|ps1)\b/i.test(text))
  )
    list(
      '<variable>',
      'WPKG hands variables to scripts as environment variables; Drover puts them into the commands only',
    );
}

function listUndefined(name: string, list: (what: string, reason: string) => void): void {
  const key = name.toLowerCase();
  // The package share takes the place of the software folder: docs/importing.md.
  if (key === 'software') return;
  const reasons: Record<string, string> = {
    msi: 'comes from WPKG’s own settings; the package’s variable {MSI} has the usual “/qn /norestart”',
    wpkg: 'comes from WPKG’s own settings; the package’s variable {WPKG} needs a value before it is deployed',
  };
  list(`%${name}%`, reasons[key] ?? 'is not set in the file; the computer’s environment has to have it');
}

function packagesOf(read: WpkgPackage, log: ImportLog): PackageContent[] {
  const contexts = contextsOf(read.facts);
  const chains = new Map(
    stages.map((stage) => [
      stage,
      contexts.map((context): Variant => ({ context, chain: chainOf(read, stage, context) })),
    ]),
  );
  const doing = (stage: Stage): string =>
    JSON.stringify(
      (chains.get(stage) ?? []).map(({ chain }) =>
        chain.commands.map((command) => ({ ...command, name: '' })),
      ),
    );
  const made = new Set<string>();
  const [context = new Map<string, boolean>()] = contexts;
  const expand = read.variables.in(context);
  return stages.flatMap((stage): PackageContent[] => {
    const key = doing(stage);
    const steps = stageSteps(chains.get(stage) ?? [], read.facts);
    // A removal with the commands of an installation is still a package of its own.
    if (steps.length === 0 || (stage !== 'remove' && made.has(key))) return [];
    made.add(key);
    const suffix = stage === 'install' ? '' : ` (${stage})`;
    return [
      content(read, `${shortName(expand(read.name).plain).slice(0, 240)}${suffix}`, steps, expand, log),
    ];
  });
}

function content(
  read: WpkgPackage,
  name: string,
  steps: Step[],
  expand: Expand,
  log: ImportLog,
): PackageContent {
  const { element, id } = read;
  const revision = expand(element.take('revision') ?? '0').plain;
  const reboot = (element.take('reboot') ?? 'false').toLowerCase();
  const isRestarted = reboot === 'true' || reboot === 'postponed';
  if (!isRestarted && reboot !== 'false')
    log.list(read.name, `reboot="${reboot}"`, 'is none of true, postponed and false', element.line);
  return packageOf({
    name,
    description: `WPKG package “${id}”, revision ${revision}.`,
    runMode: 'system',
    ...(isRestarted && { finalAction: { do: 'restart', afterSeconds: 0, expiresAfterSeconds: 3600 } }),
    variables: read.variables.declared(steps.flatMap((step) => textsOf(step).map(({ text }) => text))),
    labels: [label('WPKG')],
    steps,
  });
}

function chainOf(read: WpkgPackage, stage: Stage, context: HostContext): Chain {
  const expand = read.variables.in(context);
  const isRemoval = stage === 'remove';
  const commands = expandStage(read.commands, stage, context).flatMap((command, index) =>
    stageCommand(command, `${capital(stage)} ${index + 1}`, context, expand),
  );
  const parts = checkParts(read, context, expand);
  const after = isRemoval && (parts.length > 1 || parts.some((part) => 'command' in part)) ? [] : parts;
  return { before: read.prechecks[stage] ? parts : [], commands, after, isRemoval };
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function stageCommand(
  command: WpkgCommand,
  name: string,
  context: HostContext,
  expand: Expand,
): StageCommand[] {
  const { source, line, conditions, timeoutSeconds, codes } = command;
  if (meansMoreInPrompt(command.command ?? '', expand))
    source?.note('cmd', 'runs in a Command Prompt, where & | < > ^ mean more than in WPKG', line);
  const results = conditions.flatMap((check) => criterionOfCheck(check, context, expand) ?? []);
  const cannot = results.find((result) => 'cannot' in result);
  if (cannot) {
    source?.lost('<condition>', `${cannot.cannot}; the command is left out`, line);
    return [];
  }
  const condition = together(results.flatMap((result) => ('criterion' in result ? [result.criterion] : [])));
  const text = commandText(command, expand);
  const program = baseName(/^"([^"]+)"|^(\S+)/.exec(text.split('\n').at(-1) ?? '')?.[0] ?? '');
  return [
    {
      name: shortName(`${name}: ${program}`),
      command: text,
      codes,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      ...(condition && { condition }),
    },
  ];
}

/** All checks, or none: a package whose checks say less than WPKG’s would be taken for installed when it is not. */
function checkParts(read: WpkgPackage, context: HostContext, expand: Expand): CheckPart[] {
  const criteria: Parameters<typeof together>[0][number][] = [];
  const commands: CheckPart[] = [];
  let isComplete = true;
  for (const check of read.checks) {
    if (check.type === 'execute' && check.condition === 'exitcodeequalto' && /^-?\d+$/.test(check.value)) {
      const command = expand(check.path).text;
      commands.push({ command, codes: { successCodes: [Number(check.value)], tryAgainCodes: [] } });
      continue;
    }
    const result = criterionOfCheck(check, context, expand);
    if (result === undefined) continue;
    if ('criterion' in result) criteria.push(result.criterion);
    else {
      isComplete = false;
      check.source.lost(check.shown, `${result.cannot}; the package runs without its checks`, check.line);
    }
  }
  const asked = together(criteria);
  return isComplete ? [...(asked ? [{ criterion: asked }] : []), ...commands] : [];
}
