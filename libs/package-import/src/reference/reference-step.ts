/** One step of the reference product's XML. The command line that the file holds wins over what its fields would give. */
import {
  endingOf,
  installerEndings,
  resultingCommand,
  scriptEndings,
  type Criterion,
  type ExitCodes,
  type InstallerStep,
  type ScriptStep,
  type Step,
  type StepCommon,
} from '@drover/domain';
import type { SourceStep } from '../import-log';
import { exitCodesIn, usualSuccessCodes } from '../step-building';
import type { XmlElement } from '../xml/xml-element';

export function referenceStep(element: XmlElement, frame: StepCommon, source: SourceStep): Step {
  const fields = readFields(element);
  const type = element.takeTextOf('Type')?.trim() ?? '';
  const returnCodes = element.takeTextOf('ReturnCodes')?.trim() ?? '';
  const isProcess = type !== '5' && type !== '3';
  // A condition's codes are ignored there too, and killing has its own (COMPATIBILITY.md).
  const codes = isProcess ? successCodes(returnCodes, source, element.line) : { successCodes: [0] };
  const conditions = element.takeFirst('Conditions')?.takeAll('Condition') ?? [];
  if (type !== '5')
    for (const unused of conditions)
      source.lost(unused.shown(), 'only condition steps have conditions', unused.line);
  switch (type) {
    case '1':
      return installer(fields, frame, codes, source);
    case '2':
      return command(fields, frame, codes, source);
    case '3':
      return killProcess(fields, frame, source);
    case '4':
      return script(fields, frame, codes, source);
    case '5':
      return condition(conditions, frame, source);
    case '6':
      return uninstaller(fields, frame, codes, source);
    default:
      source.lost(
        `<Type>${type}`,
        'this type of step is not known; its command is run as it stands',
        element.line,
      );
      return command(fields, frame, codes, source);
  }
}

interface Fields {
  path: string;
  parameters: string;
  msiParameters: string;
  msiName: string;
  msiVersion: string;
  command: string;
  isByHand: boolean;
  line: number;
}

function readFields(element: XmlElement): Fields {
  const text = (name: string): string => element.takeTextOf(name)?.trim() ?? '';
  return {
    path: text('Path'),
    parameters: text('Parameters'),
    msiParameters: text('MSIParameters'),
    msiName: text('MSIName'),
    msiVersion: text('MSIVersion'),
    command: element.takeTextOf('Command') ?? '',
    isByHand: /^true$/i.test(text('EditMode')),
    line: element.line,
  };
}

function successCodes(text: string, source: SourceStep, line: number): ExitCodes {
  const { codes, unknown } = exitCodesIn(text);
  if (unknown.length > 0) source.lost(`<ReturnCodes>${text}`, `${unknown.join(', ')} is no exit code`, line);
  if (codes.length === 0)
    source.note(`<ReturnCodes>${text}`, 'no success codes; 0, 1641 and 3010 are taken', line);
  return { successCodes: codes.length > 0 ? codes : usualSuccessCodes() };
}

/** Keeps the place of what cannot be represented: it fails, and says why in its output. */
const placeholder = (frame: StepCommon): Step => ({
  ...frame,
  type: 'command',
  command: 'echo This step could not be imported. Write it anew.& exit 1',
  successCodes: [0],
  tryAgainCodes: [],
});

function command(fields: Fields, frame: StepCommon, codes: ExitCodes, source: SourceStep): Step {
  if (fields.command.trim() === '') {
    source.lost('<Command>', 'is empty; a step that fails stands in its place', fields.line);
    return placeholder(frame);
  }
  return { ...frame, ...codes, type: 'command', command: fields.command };
}

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** With the command of the file, unless it is the one that the step gives by itself. */
function withCommand<S extends InstallerStep | ScriptStep>(step: S, { command: line, isByHand }: Fields): S {
  const isOwn = line.trim() === '' || (!isByHand && squeezed(resultingCommand(step)) === squeezed(line));
  return isOwn ? step : { ...step, commandLine: line.trim() };
}

function installer(fields: Fields, frame: StepCommon, codes: ExitCodes, source: SourceStep): Step {
  const { path, parameters, msiParameters } = fields;
  if (path === '') return command(fields, frame, codes, source);
  const isMsi = endingOf(path) === 'msi';
  const step = withCommand<InstallerStep>(
    { ...frame, ...codes, type: 'installer', file: path, parameters: isMsi ? msiParameters : parameters },
    fields,
  );
  if (step.commandLine !== undefined || installerEndings.includes(endingOf(path))) return step;
  source.lost(`<Path>${path}`, `an installer that ends in .${endingOf(path)} is not known`, fields.line);
  return placeholder(frame);
}

function script(fields: Fields, frame: StepCommon, codes: ExitCodes, source: SourceStep): Step {
  const { path, parameters } = fields;
  if (path === '') return command(fields, frame, codes, source);
  const own: ScriptStep = { ...frame, ...codes, type: 'script', file: path, parameters };
  // There a script's command is the path with parameters alone, and Windows finds the program; here the ending does.
  const isPlain = squeezed(fields.command) === squeezed(`"${path}" ${parameters}`);
  const step =
    isPlain && !fields.isByHand && scriptEndings.includes(endingOf(path)) ? own : withCommand(own, fields);
  if (step.commandLine !== undefined || scriptEndings.includes(endingOf(path))) return step;
  source.lost(`<Path>${path}`, `a script that ends in .${endingOf(path)} needs an interpreter`, fields.line);
  return placeholder(frame);
}

/** The fields of this type are not documented; the command is, as in `taskkill /im firefox.exe /f`. */
function killProcess(fields: Fields, frame: StepCommon, source: SourceStep): Step {
  const words = squeezed(fields.command).split(' ');
  const isTaskkill = /^(.*\\)?taskkill(\.exe)?$/i.test(words[0] ?? '');
  const rest = words.slice(1).map((word) => word.toLowerCase());
  const known = rest.every(
    (word, index) =>
      ['/im', '/pid', '/f', '/t'].includes(word) || ['/im', '/pid'].includes(rest[index - 1] ?? ''),
  );
  const after = (option: string): string | undefined =>
    rest.includes(option) ? words[rest.indexOf(option) + 2]?.replace(/"/g, '') : undefined;
  const image = after('/im');
  const pid = after('/pid');
  if (isTaskkill && known && (image === undefined) !== (pid === undefined))
    return {
      ...frame,
      type: 'killProcess',
      force: rest.includes('/f'),
      children: rest.includes('/t'),
      ...(image !== undefined && { image }),
      ...(pid !== undefined && { pid: Number(pid) }),
    };
  return command(fields, frame, { successCodes: [0, 128] }, source);
}

const fileCondition = '1';
const existsOperator = '1';

function condition(rows: readonly XmlElement[], frame: StepCommon, source: SourceStep): Step {
  const criteria = rows.flatMap((row): Criterion[] => {
    const text = (name: string): string => row.takeTextOf(name)?.trim() ?? '';
    const [type, folder, file, operator, value] = ['Type', 'SpecOne', 'SpecTwo', 'Operator', 'Value'].map(
      text,
    );
    if (type === fileCondition && operator === existsOperator && folder !== '')
      return [{ type: 'file', path: joined(folder ?? '', file ?? ''), test: 'exists' }];
    source.lost(
      `Type ${type}, SpecOne ${folder}, SpecTwo ${file}, Operator ${operator}, Value ${value}`,
      'what these numbers mean is not known; a step that fails stands in its place, so its failure branch is taken',
      row.line,
    );
    return [];
  });
  if (criteria.length === 0 && rows.length === 0)
    source.lost('<Conditions>', 'is empty; a step that fails stands in its place');
  const [only, second] = criteria;
  if (!only || criteria.length < rows.length) return placeholder(frame);
  return { ...frame, type: 'condition', criteria: second === undefined ? only : { all: criteria } };
}

const joined = (folder: string, file: string): string =>
  file === '' ? folder : `${folder.replace(/\\+$/, '')}\\${file}`;

function uninstaller(fields: Fields, frame: StepCommon, codes: ExitCodes, source: SourceStep): Step {
  const { msiName, msiVersion, isByHand } = fields;
  const productCode = /\/x\s*"?(\{[0-9a-f-]{36}\})/i.exec(fields.command)?.[1];
  const isPlain = /^("?[^"\s]*msiexec(\.exe)?"?)\s+\/x\s*"?\{[^}]+\}"?(\s+\/(qn|quiet|norestart))*$/i.test(
    squeezed(fields.command),
  );
  if (productCode !== undefined && isPlain && !isByHand)
    return { ...frame, ...codes, type: 'msiUninstaller', productCode };
  if (fields.command.trim() !== '') return command(fields, frame, codes, source);
  if (msiName === '') {
    source.lost('<MSIName>', 'there is neither a product code, nor a name, nor a command', fields.line);
    return placeholder(frame);
  }
  const isVersion = /^\d{1,10}(\.\d{1,10}){0,7}$/.test(msiVersion);
  if (msiVersion !== '' && !isVersion)
    source.lost(`<MSIVersion>${msiVersion}`, 'is not a version', fields.line);
  return {
    ...frame,
    ...codes,
    type: 'msiUninstaller',
    productName: msiName,
    ...(isVersion && { version: { operator: '=', value: msiVersion } }),
  };
}
