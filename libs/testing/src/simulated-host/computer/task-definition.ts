/**
 * Reads a task's XML as the Task Scheduler does before it registers one, [MS-TSCH] 2.5: unknown elements, wrong
 * enumerations and a missing action are refused with the scheduler's own HRESULTs. Element order is checked where
 * remote clients get it wrong in practice (Exec); the full schema has far more than a deployment can meet.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { HostRefusal, Hresult } from '../refusal';

export interface TaskDefinition {
  command: string;
  arguments: string;
  enabled: boolean;
  allowsDemandStart: boolean;
  multipleInstances: string;
  executionLimitMs: number | undefined;
  userId: string | undefined;
  timeTriggers: { startAt: Date; endAt: Date | undefined }[];
  /** So long after the computer has started; undefined when nothing starts then. */
  bootDelayMs: number | undefined;
  deletesWhenExpired: boolean;
}

export function readTaskDefinition(xml: string): TaskDefinition {
  const body = xml
    .replace(/^\uFEFF/, '')
    .replace(/^\s*<\?xml[^>]*\?>/, (declaration) => checkEncoding(declaration));
  if (body.includes('<!DOCTYPE')) throw refusal(Hresult.malformedXml, 'a document type');
  if (XMLValidator.validate(body) !== true) throw refusal(Hresult.malformedXml, 'the XML is not well formed');
  const [root, ...more] = parser.parse(body) as XmlNode[];
  if (root === undefined || more.length > 0 || nameOf(root) !== 'Task')
    throw refusal(Hresult.unexpectedNode, 'root');
  const attributes = attributesOf(root);
  if (attributes['xmlns'] !== taskNamespace) throw refusal(Hresult.namespace, String(attributes['xmlns']));
  if (!/^1\.[0-6]$/.test(attributes['version'] ?? '')) throw refusal(Hresult.invalidValue, 'version');
  check(root);
  const exec = child(child(root, 'Actions'), 'Exec');
  const command = textOf(child(exec, 'Command'));
  if (command === '') throw refusal(Hresult.missingNode, 'Command');
  const settings = child(root, 'Settings');
  const setting = (name: string, otherwise: string): string => textOf(child(settings, name)) || otherwise;
  return {
    command,
    arguments: textOf(child(exec, 'Arguments')),
    enabled: setting('Enabled', 'true') !== 'false',
    allowsDemandStart: setting('AllowStartOnDemand', 'true') !== 'false',
    multipleInstances: setting('MultipleInstancesPolicy', 'IgnoreNew'),
    executionLimitMs: durationMs(setting('ExecutionTimeLimit', 'PT72H')),
    userId: textOf(child(child(child(root, 'Principals'), 'Principal'), 'UserId')) || undefined,
    timeTriggers: childrenOf(child(root, 'Triggers'))
      .filter((node) => nameOf(node) === 'TimeTrigger')
      .map(timeTrigger),
    bootDelayMs: bootDelay(child(child(root, 'Triggers'), 'BootTrigger')),
    deletesWhenExpired: child(settings, 'DeleteExpiredTaskAfter') !== undefined,
  };
}

function bootDelay(node: XmlNode | undefined): number | undefined {
  if (node === undefined || textOf(child(node, 'Enabled')) === 'false') return undefined;
  return durationMs(textOf(child(node, 'Delay')) || 'PT0S') ?? 0;
}

function timeTrigger(node: XmlNode): { startAt: Date; endAt: Date | undefined } {
  const start = new Date(textOf(child(node, 'StartBoundary')));
  const end = textOf(child(node, 'EndBoundary'));
  if (Number.isNaN(start.getTime())) throw refusal(Hresult.invalidValue, 'StartBoundary');
  return { startAt: start, endAt: end === '' ? undefined : new Date(end) };
}

/** Checks one element's children against what the schema allows there, then each of them. */
function check(node: XmlNode, depth = 0): void {
  if (depth > depthMax) throw refusal(Hresult.malformedXml, 'too deep');
  const name = nameOf(node);
  const allowed = allowedChildren[name];
  const seen: string[] = [];
  for (const inner of childrenOf(node)) {
    const innerName = nameOf(inner);
    if (innerName === '#text') continue;
    if (innerName.includes(':')) throw refusal(Hresult.namespace, innerName);
    if (allowed !== undefined) {
      const repeats = name === 'Triggers' || name === 'Actions';
      const misplaced =
        name === 'Exec' && seen.some((before) => allowed.indexOf(before) > allowed.indexOf(innerName));
      if (!allowed.includes(innerName) || (!repeats && seen.includes(innerName)) || misplaced) {
        throw refusal(Hresult.unexpectedNode, innerName);
      }
    }
    seen.push(innerName);
    checkValue(innerName, inner);
    check(inner, depth + 1);
  }
  if (name === 'Task' && !seen.includes('Actions')) throw refusal(Hresult.missingNode, 'Actions');
  if (name === 'Actions' && seen.length === 0) throw refusal(Hresult.missingNode, 'Exec');
}

function checkValue(name: string, node: XmlNode): void {
  const value = textOf(node);
  const choices = enumerations[name];
  const wrong =
    (choices !== undefined && !choices.includes(value)) ||
    (booleans.has(name) && childrenOf(node).length > 0 && !/^(true|false|0|1)$/.test(value)) ||
    ((name === 'ExecutionTimeLimit' || name === 'DeleteExpiredTaskAfter') && !durationPattern.test(value)) ||
    (name === 'Priority' && !/^(10|\d)$/.test(value));
  if (wrong) throw refusal(Hresult.invalidValue, `${name}: ${value}`);
}

function checkEncoding(declaration: string): string {
  const encoding = /encoding=["']([^"']+)/.exec(declaration)?.[1]?.toLowerCase();
  if (encoding !== undefined && encoding !== 'utf-16')
    throw refusal(Hresult.malformedXml, `encoding ${encoding}`);
  return '';
}

function durationMs(text: string): number | undefined {
  const [, days, hours, minutes, seconds] = durationPattern.exec(text) ?? [];
  const total =
    Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return total === 0 ? undefined : total * 1000;
}

type XmlNode = Record<string, unknown>;

const nameOf = (node: XmlNode): string => Object.keys(node).find((key) => key !== ':@') ?? '';
const childrenOf = (node: XmlNode | undefined): XmlNode[] => {
  const inner = node === undefined ? undefined : node[nameOf(node)];
  return Array.isArray(inner) ? (inner as XmlNode[]) : [];
};
const child = (node: XmlNode | undefined, name: string): XmlNode | undefined =>
  childrenOf(node).find((inner) => nameOf(inner) === name);
const textOf = (node: XmlNode | undefined): string =>
  childrenOf(node)
    .map((inner) => (nameOf(inner) === '#text' ? String(inner['#text']) : ''))
    .join('')
    .trim();
const attributesOf = (node: XmlNode): Record<string, string> => (node[':@'] ?? {}) as Record<string, string>;

const refusal = (code: number, what: string): HostRefusal =>
  new HostRefusal('hresult', code, `task definition: ${what}`);

/** Entities are the five predefined ones only: a document type, which could declare others, is refused before parsing. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
});

const taskNamespace = 'http://schemas.microsoft.com/windows/2004/02/mit/task';
const depthMax = 16;
const durationPattern = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** [MS-TSCH] 2.5: the part of the schema that a remote deployment can meet. */
const allowedChildren: Record<string, string[]> = {
  Task: ['RegistrationInfo', 'Triggers', 'Settings', 'Data', 'Principals', 'Actions'],
  RegistrationInfo: [
    'URI',
    'SecurityDescriptor',
    'Source',
    'Date',
    'Author',
    'Version',
    'Description',
    'Documentation',
  ],
  Principals: ['Principal'],
  Principal: [
    'UserId',
    'LogonType',
    'GroupId',
    'DisplayName',
    'RunLevel',
    'ProcessTokenSidType',
    'RequiredPrivileges',
  ],
  Settings: [
    'AllowStartOnDemand',
    'RestartOnFailure',
    'MultipleInstancesPolicy',
    'DisallowStartIfOnBatteries',
    'StopIfGoingOnBatteries',
    'AllowHardTerminate',
    'StartWhenAvailable',
    'NetworkProfileName',
    'RunOnlyIfNetworkAvailable',
    'WakeToRun',
    'Enabled',
    'Hidden',
    'DeleteExpiredTaskAfter',
    'IdleSettings',
    'NetworkSettings',
    'ExecutionTimeLimit',
    'Priority',
    'RunOnlyIfIdle',
    'UseUnifiedSchedulingEngine',
    'DisallowStartOnRemoteAppSession',
    'MaintenanceSettings',
    'Volatile',
  ],
  IdleSettings: ['Duration', 'WaitTimeout', 'StopOnIdleEnd', 'RestartOnIdle'],
  Triggers: [
    'BootTrigger',
    'RegistrationTrigger',
    'IdleTrigger',
    'TimeTrigger',
    'EventTrigger',
    'LogonTrigger',
    'SessionStateChangeTrigger',
    'CalendarTrigger',
  ],
  TimeTrigger: ['Enabled', 'StartBoundary', 'EndBoundary', 'Repetition', 'ExecutionTimeLimit', 'RandomDelay'],
  Actions: ['Exec', 'ComHandler', 'SendEmail', 'ShowMessage'],
  Exec: ['Command', 'Arguments', 'WorkingDirectory'],
};

const enumerations: Record<string, string[]> = {
  MultipleInstancesPolicy: ['Parallel', 'Queue', 'IgnoreNew', 'StopExisting'],
  RunLevel: ['LeastPrivilege', 'HighestAvailable'],
  LogonType: ['S4U', 'Password', 'InteractiveToken', 'InteractiveTokenOrPassword'],
};

const booleans = new Set([
  'AllowStartOnDemand',
  'DisallowStartIfOnBatteries',
  'StopIfGoingOnBatteries',
  'AllowHardTerminate',
  'StartWhenAvailable',
  'RunOnlyIfNetworkAvailable',
  'WakeToRun',
  'Enabled',
  'Hidden',
  'RunOnlyIfIdle',
  'UseUnifiedSchedulingEngine',
  'StopOnIdleEnd',
  'RestartOnIdle',
]);
