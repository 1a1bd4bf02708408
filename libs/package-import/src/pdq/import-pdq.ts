/**
 * PDQ Deploy's exports. `$(Repository)` is the package share. Proven on install steps; the fields of other types of steps are
 * not known here, so such a step is listed with what it holds. Rules: docs/importing.md.
 */
import type {
  Branch,
  Criterion,
  PackageContent,
  PackageRunMode,
  PackageVariable,
  Step,
} from '@drover/domain';
import { maximumDurationSecondsMax, tokensIn, textsOf, variableNamePattern } from '@drover/domain';
import type { ImportLog, SourceStep } from '../import-log';
import {
  baseName,
  label,
  next,
  packageOf,
  shortName,
  stopFailure,
  stopSuccess,
  toStep,
} from '../step-building';
import type { XmlElement } from '../xml/xml-element';
import { installStep } from './pdq-install-step';
import { readConditions, type PdqConditions } from './pdq-conditions';

/** @param root `<AdminArsenal.Export>` */
export function importPdq(root: XmlElement, log: ImportLog): PackageContent[] {
  for (const name of ['Code', 'Name', 'Version', 'MinimumVersion']) root.take(name);
  const packages = packagesIn(root, [], log);
  for (const { what, line } of root.unread()) log.list('', what, 'the importer does not know it', line);
  return packages;
}

/** What a step is, whatever its type; the importers of types fill in the rest. */
export interface PdqStepFrame {
  id: string;
  name: string;
  onSuccess: Branch;
  onFailure: Branch;
}

/** Numbers, dates and pictures of PDQ's own database. */
const bookkeeping = [
  'Created',
  'Id',
  'Modified',
  'ParentId',
  'FolderDisplaySettings',
  'PackageDisplaySettings',
  'CurrentLibraryPackageVersionId',
  'NewLibraryPackageVersionId',
  'LibraryPackageVersionId',
  'OriginalId',
  'FolderId',
  'Path',
  'DelayedApprovalTimeSpan',
  'DownloadApprovalMode',
  'IsDownloadApprovalModeInherited',
];

const ignoreBookkeeping = (element: XmlElement): void => {
  for (const name of bookkeeping) for (const child of element.takeAll(name)) child.ignore();
};

function packagesIn(element: XmlElement, folders: readonly string[], log: ImportLog): PackageContent[] {
  const inFolders = element.takeAll('Folder').flatMap((folder) => {
    ignoreBookkeeping(folder);
    const name = folder.takeTextOf('Name') ?? '';
    const children = folder.takeFirst('Children');
    children?.take('type');
    return children ? packagesIn(children, [...folders, name], log) : [];
  });
  return [...element.takeAll('Package').flatMap((found) => importPackage(found, folders, log)), ...inFolders];
}

const valueOf = (element: XmlElement | undefined): string | undefined => {
  const value = element?.take('value') ?? element?.takeText().trim();
  return value === undefined || value === 'null' || value === '' ? undefined : value;
};

function importPackage(element: XmlElement, folders: readonly string[], log: ImportLog): PackageContent[] {
  log.packages += 1;
  ignoreBookkeeping(element);
  const name = shortName(element.takeTextOf('Name') ?? '');
  const version = element.takeTextOf('Version')?.trim() ?? '';
  const description = element.takeTextOf('Description')?.trim() ?? '';
  if (valueOf(element.takeFirst('IsAutoDownload')) === 'true')
    log.list(name, '<IsAutoDownload>', 'Drover downloads no packages by itself', element.line);
  const definition = element.takeFirst('PackageDefinition');
  definition?.take('name');
  const made = definition ? fromDefinition(definition, name, log) : undefined;
  for (const { what, line } of element.unread()) log.list(name, what, 'the importer does not know it', line);
  element.ignore();
  if (!made || made.steps.length === 0) {
    log.list(
      name,
      '<Package>',
      'none of its steps can be represented, so there is nothing to deploy',
      element.line,
    );
    return [];
  }
  return [
    {
      ...made,
      description: [description, version === '' ? '' : `Version ${version}.`].filter(Boolean).join('\n\n'),
      labels: ['PDQ Deploy', ...folders.map(label).filter(Boolean)].slice(0, 20),
    },
  ];
}

function fromDefinition(definition: XmlElement, name: string, log: ImportLog): PackageContent | undefined {
  ignoreBookkeeping(definition);
  const list = (what: string, reason: string): void => log.list(name, what, reason, definition.line);
  const conditions = readConditions(definition.takeFirst('Conditions'));
  const steps = stepsOf(definition.takeFirst('Steps'), conditions, name, log);
  for (const { what, reason, line } of conditions.cannot)
    log.list(name, what, `${reason}; the package is imported without it`, line);
  const copyMode = definition.takeTextOf('CopyMode') ?? 'Default';
  if (!['Default', 'Pull', 'Push'].includes(copyMode))
    list(`<CopyMode>${copyMode}`, 'is not known; pull is taken');
  definition.takeFirst('UseCustomTimeout')?.ignore();
  const minutes = Number(valueOf(definition.takeFirst('Timeout')) ?? '60');
  const seconds = Math.round(minutes * 60);
  const isDuration = seconds >= 1 && seconds <= maximumDurationSecondsMax;
  if (!isDuration) list(`<Timeout value="${minutes}">`, 'is no duration that Drover knows; an hour is taken');
  const profile = valueOf(definition.takeFirst('InventoryScanProfileId'));
  if (profile !== undefined)
    list(`<InventoryScanProfileId value="${profile}">`, 'a rescan of Drover has no profiles');
  return packageOf({
    name,
    steps,
    runMode: runModeOf(valueOf(definition.takeFirst('RunAs')), (what, reason) => list(what, reason)),
    maximumDurationSeconds: isDuration ? seconds : 3600,
    copyMode: copyMode === 'Push' ? 'push' : 'pull',
    rescan: valueOf(definition.takeFirst('ScanAfterDeployment')) === 'true',
    variables: variablesOf(steps, name, log),
  });
}

function runModeOf(runAs: string | undefined, list: (what: string, reason: string) => void): PackageRunMode {
  switch (runAs) {
    case undefined:
      return 'select';
    case 'LocalSystem':
      return 'system';
    case 'DeployUser':
      return 'scanningCredential';
    case 'LoggedOnUser':
      return 'loggedOnUser';
    default:
      list(`<RunAs>${runAs}`, 'has no equal in Drover; the run mode is chosen when the package is deployed');
      return 'select';
  }
}

interface Built {
  frame: PdqStepFrame;
  criteria: Criterion[];
  step: Step;
}

function stepsOf(
  list: XmlElement | undefined,
  ofPackage: PdqConditions,
  name: string,
  log: ImportLog,
): Step[] {
  list?.take('type');
  const elements = list?.children ?? [];
  for (const kind of new Set(elements.map((element) => element.name))) list?.takeAll(kind);
  const built = elements.flatMap((element, index) => buildStep(element, index, name, log) ?? []);
  const steps = built.flatMap(({ criteria, step, frame }, index): Step[] => {
    const following = built[index + 1];
    const onSuccess = following ? next : stopSuccess;
    const done = { ...step, onSuccess };
    if (criteria.length === 0) return [done];
    const otherwise = following ? toStep(firstId(following)) : stopSuccess;
    return [condition(`if-${frame.id}`, `Whether to: ${frame.name}`, criteria, otherwise), done];
  });
  if (ofPackage.criteria.length === 0 || steps.length === 0) return steps;
  return [
    condition('if-package', 'Is the package for this computer?', ofPackage.criteria, stopSuccess),
    ...steps,
  ];
}

const firstId = ({ criteria, frame }: Built): string => (criteria.length > 0 ? `if-${frame.id}` : frame.id);

function condition(id: string, name: string, criteria: Criterion[], otherwise: Branch): Step {
  const [only, second] = criteria;
  const criterion = only && second === undefined ? only : { all: criteria };
  return {
    id,
    name: shortName(name),
    type: 'condition',
    criteria: criterion,
    onSuccess: next,
    onFailure: otherwise,
  };
}

function buildStep(
  element: XmlElement,
  index: number,
  packageName: string,
  log: ImportLog,
): Built | undefined {
  const title = element.takeTextOf('Title')?.trim() ?? '';
  const type = element.takeTextOf('TypeName') ?? element.name;
  const fileName = element.children.find(({ name }) => name === 'FileName')?.takeText() ?? '';
  const name = shortName(title, fileName === '' ? type : baseName(fileName));
  const source = log.step(packageName, `${index + 1} ${name}`);
  const { line } = element;
  const { criteria, cannot } = readConditions(element.takeFirst('Conditions'));
  const isEnabled = valueOf(element.takeFirst('IsEnabled')) !== 'false';
  const frame: PdqStepFrame = {
    id: `step-${index + 1}`,
    name,
    onSuccess: next,
    onFailure: failure(element, source),
  };
  const runAs = valueOf(element.takeFirst('RunAs'));
  if (runAs !== undefined)
    source.lost(`<RunAs>${runAs}`, 'in Drover the run mode holds for the whole package', line);
  for (const flag of ['IsPreStep', 'IsPostStep'])
    if (valueOf(element.takeFirst(flag)) === 'true')
      source.lost(`<${flag}>`, 'is an ordinary step in Drover, at its place in the order', line);
  const step = type === 'Install' ? installStep(element, frame, source) : undefined;
  if (!step)
    source.lost(
      element.children.map((c) => c.shown()).join(' '),
      `steps of the type “${type}” are not known`,
      line,
    );
  for (const unread of step ? element.unread() : [])
    source.lost(unread.what, 'the importer does not know it', unread.line);
  element.ignore();
  if (!isEnabled)
    source.lost('<IsEnabled value="false">', 'a step cannot be switched off in Drover; it is left out', line);
  for (const { what, reason } of cannot) source.lost(what, `${reason}; the step is left out`, line);
  return step && isEnabled && cannot.length === 0 ? { frame, criteria, step } : undefined;
}

function failure(element: XmlElement, source: SourceStep): Branch {
  const mode = element.takeTextOf('ErrorMode') ?? 'StopDeploymentFail';
  switch (mode) {
    case 'Continue':
      return next;
    case 'StopDeploymentSuccess':
      return stopSuccess;
    case 'StopDeploymentFail':
      return stopFailure;
    default:
      source.lost(`<ErrorMode>${mode}`, 'is not known; Stop (Failure) is taken', element.line);
      return stopFailure;
  }
}

/** PDQ's custom variables, `@(Name)`, are kept in its settings, not in the export. */
function variablesOf(steps: readonly Step[], name: string, log: ImportLog): PackageVariable[] {
  const used = new Set(steps.flatMap((step) => textsOf(step).flatMap(({ text }) => tokensIn(text))));
  const names = [...used].filter((token) => token !== 'packageshare' && variableNamePattern.test(token));
  for (const token of names)
    log.list(
      name,
      `@(${token})`,
      `comes from PDQ’s settings; the variable {${token}} needs a value before it is deployed`,
    );
  return names.map((token) => ({ name: token, isSecret: false }));
}
