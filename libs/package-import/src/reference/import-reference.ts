/**
 * The XML of the product whose behaviour Drover has (COMPATIBILITY.md "Package XML"). Some of its numbers are not known: such
 * a value is listed as it stands. A step that cannot be represented keeps its place, so that branches still lead where they
 * led, as a command that says so and fails. Rules: docs/importing.md; not proven on real exports.
 */
import { maximumDurationSecondsMax, type Branch, type PackageContent, type Step } from '@drover/domain';
import type { ImportLog, SourceStep } from '../import-log';
import { label, next, packageOf, shortName, stopFailure, stopSuccess, toStep } from '../step-building';
import type { XmlElement } from '../xml/xml-element';
import { referenceStep } from './reference-step';

/** @param root `<Package>`, or an element that holds several */
export function importReference(root: XmlElement, log: ImportLog): PackageContent[] {
  const elements = root.name === 'Package' ? [root] : root.takeAll('Package');
  const packages = elements.flatMap((element) => importPackage(element, log));
  for (const { what, line } of root.unread()) log.list('', what, 'the importer does not know it', line);
  return packages;
}

/** The defaults of the product, in seconds. */
const usualMaximumDurationSeconds = 900;

function importPackage(element: XmlElement, log: ImportLog): PackageContent[] {
  log.packages += 1;
  const text = (name: string): string => element.takeTextOf(name)?.trim() ?? '';
  const name = shortName(text('Name'));
  const list = (what: string, reason: string): void => log.list(name, what, reason, element.line);
  const software = text('SoftwareVersion');
  const description = [text('Description'), software === '' ? '' : `Software version ${software}.`];
  listShutdown(text('ShutdownOption'), text('ShutdownTime'), list);
  const runMode = text('RunMode');
  if (runMode !== '' && runMode !== '-1')
    list(
      `<RunMode>${runMode}`,
      'which mode this number means is not known; it is chosen when the package is deployed',
    );
  const steps = stepsOf(element.takeFirst('Steps'), name, log);
  const content = packageOf({
    name,
    description: description.filter(Boolean).join('\n\n'),
    maximumDurationSeconds: maximumDuration(text('MaxDuration'), list),
    rescan: isTrue(text('Rescan'), 'Rescan', list),
    labels: [label('Imported')],
    steps,
  });
  for (const { what, line } of element.unread()) log.list(name, what, 'the importer does not know it', line);
  element.ignore();
  if (steps.length > 0) return [content];
  list('<Package>', 'it has no steps, so there is nothing to deploy');
  return [];
}

function listShutdown(option: string, time: string, list: (what: string, reason: string) => void): void {
  if (option === '' || option === '0') {
    if (time !== '' && time !== '0')
      list(`<ShutdownTime>${time}`, 'there is no final action that it could delay');
    return;
  }
  list(
    `<ShutdownOption>${option} <ShutdownTime>${time}`,
    'whether this is a shutdown or a restart is not known; no final action is taken: choose one',
  );
}

function maximumDuration(text: string, list: (what: string, reason: string) => void): number {
  if (text === '') return usualMaximumDurationSeconds;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= maximumDurationSecondsMax) return seconds;
  list(`<MaxDuration>${text}`, `is no number of seconds; ${usualMaximumDurationSeconds} is taken`);
  return usualMaximumDurationSeconds;
}

function isTrue(text: string, name: string, list: (what: string, reason: string) => void): boolean {
  if (!/^(true|false|0|1|)$/i.test(text))
    list(`<${name}>${text}`, 'is neither True nor False; False is taken');
  return /^(true|1)$/i.test(text);
}

interface Numbered {
  element: XmlElement;
  number: number;
}

function stepsOf(list: XmlElement | undefined, packageName: string, log: ImportLog): Step[] {
  const numbered = (list?.takeAll('Step') ?? []).map((element, index): Numbered => {
    const number = Number(element.takeTextOf('Nr') ?? '');
    return { element, number: Number.isInteger(number) && number > 0 ? number : index + 1 };
  });
  numbered.sort((one, other) => one.number - other.number);
  const ids = new Map<number, string>();
  for (const { number } of numbered) if (!ids.has(number)) ids.set(number, `step-${number}`);
  return numbered.map(({ element, number }, index) => {
    const name = shortName(element.takeTextOf('Name') ?? '', `Step ${number}`);
    const source = log.step(packageName, `${number} ${name}`);
    const isTwice = numbered.findIndex((other) => other.number === number) !== index;
    if (isTwice)
      source.lost(`<Nr>${number}`, 'two steps have this number; branches lead to the first', element.line);
    const frame = {
      id: isTwice ? `step-${number}-${index + 1}` : `step-${number}`,
      name,
      onSuccess: branch(element, 'Success', ids, source),
      onFailure: branch(element, 'Failure', ids, source),
    };
    const step = referenceStep(element, frame, source);
    for (const { what, line } of element.unread()) source.lost(what, 'the importer does not know it', line);
    element.ignore();
    return step;
  });
}

function branch(
  element: XmlElement,
  name: 'Success' | 'Failure',
  ids: ReadonlyMap<number, string>,
  source: SourceStep,
): Branch {
  const text = element.takeTextOf(name)?.trim() ?? '';
  const usual = name === 'Success' ? next : stopFailure;
  if (text === '-1') return next;
  if (text === '-2') return stopSuccess;
  if (text === '-3') return stopFailure;
  const id = ids.get(Number(text));
  if (id !== undefined && text !== '') return toStep(id);
  const taken = name === 'Success' ? 'the next step' : 'Stop (Failure)';
  source.lost(`<${name}>${text}`, `leads to no step of the package; ${taken} is taken`, element.line);
  return usual;
}
