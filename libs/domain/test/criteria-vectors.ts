/**
 * One computer and what criteria say about it, for both evaluators: `computer.txt` has its facts as lines with tabs between
 * their parts, `cases.txt` a line for each case (name, bytes, whether it holds) followed by the lines that are told.
 */
import { evaluateCriteria, type ComputerFacts } from '../src/criteria/evaluate-criteria';
import type { Criterion } from '../src/package/criterion';
import { encodeCriterion } from '../src/plan/criteria-codec';
import { filetimeOf } from '../src/plan/filetime';

const modifiedAt = new Date('2024-05-31T12:00:00.500Z');
const files: Record<string, { sizeBytes: number; isFolder: boolean; version: string }> = {
  'C:\\Program Files\\Old\\LansweeperService.exe': { sizeBytes: 100, isFolder: false, version: '9.2.0.1' },
  'C:\\Program Files\\Same\\LansweeperService.exe': {
    sizeBytes: 4_294_967_297,
    isFolder: false,
    version: '9.3.0.32',
  },
  'C:\\Program Files\\Later\\LansweeperService.exe': { sizeBytes: 0, isFolder: false, version: '10.0.0.0' },
  'C:\\Program Files\\Old': { sizeBytes: 0, isFolder: true, version: '' },
  'C:\\none.txt': { sizeBytes: 7, isFolder: false, version: '' },
};
const values: [view: string, key: string, name: string, kind: 'number' | 'text', data: string][] = [
  ['64', 'HKLM\\SOFTWARE\\Example', 'Version', 'text', '9.10'],
  ['64', 'HKLM\\SOFTWARE\\Example', 'Count', 'number', '10'],
  ['64', 'HKLM\\SOFTWARE\\Example', 'Large', 'number', '18446744073709551615'],
  ['64', 'HKLM\\SOFTWARE\\Example', 'Hex', 'text', ' 0x1F '],
  ['64', 'HKLM\\SOFTWARE\\Example', '', 'text', 'Größe über alles'],
  ['64', 'HKLM\\SOFTWARE\\Example', 'Empty', 'text', ''],
  ['32', 'HKLM\\SOFTWARE\\Example', 'Version', 'text', '9.20'],
  ['32', 'HKLM\\SOFTWARE\\Only32', 'Word', 'text', 'here'],
];
const entries: [view: string, name: string, publisher: string, version: string][] = [
  ['64', 'Mozilla Firefox (x64 en-US)', 'Mozilla', '115.9.1'],
  ['64', '', 'Nobody', '1'],
  ['32', '7-Zip 9.20', 'Igor Pavlov', '9.20.00.0'],
  ['32', 'Änderung?', 'Müller GmbH & Co. [KG]', 'v1'],
];
const variables: Record<string, string> = {
  ProgramFiles: 'C:\\Program Files',
  Site: 'Berlin',
  Blank: '',
};
const services: Record<string, { state: 'stopped' | 'running' | 'changing'; isDisabled: boolean }> = {
  wuauserv: { state: 'stopped', isDisabled: true },
  Spooler: { state: 'running', isDisabled: false },
  Slow: { state: 'changing', isDisabled: false },
};
const os = { major: 10, minor: 0, build: 19045, bits: 64, isServer: false, edition: 'Professional' } as const;

const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();
const found = <T>(from: Record<string, T>, name: string): T | undefined =>
  Object.entries(from).find(([key]) => same(key, name))?.[1];

const facts: ComputerFacts = {
  expand: (text) => text.replace(/%([^%]+)%/g, (whole, name: string) => found(variables, name) ?? whole),
  file: (path) => {
    const file = found(files, path);
    return file && { ...file, modifiedAt, version: file.version === '' ? undefined : file.version };
  },
  hasKey: (key, view) => values.some((value) => value[0] === view && same(value[1], key)),
  value: (key, name, view) => {
    const value = values.find((v) => v[0] === view && same(v[1], key) && same(v[2], name));
    return value && (value[3] === 'number' ? BigInt(value[4]) : value[4]);
  },
  os: () => os,
  uninstallEntries: (view) =>
    entries
      .filter((e) => e[0] === view)
      .map(([, name, publisher, version]) => ({ name, publisher, version })),
  variable: (name) => found(variables, name),
  service: (name) => found(services, name),
};

const service = (folder: string): string => `%ProgramFiles%\\${folder}\\LansweeperService.exe`;
const version = (
  folder: string,
  operator: '<' | '<=' | '=' | '!=' | '>=' | '>',
  value = '9.3.0.32',
): Criterion => ({
  type: 'fileProperty',
  path: service(folder),
  property: 'version',
  operator,
  value,
});
const size = (operator: '<' | '=' | '>', value: string, folder = 'Same'): Criterion => ({
  ...(version(folder, operator, value) as Extract<Criterion, { type: 'fileProperty' }>),
  property: 'sizeBytes',
});
const date = (operator: '<' | '=' | '>' | '!=', value: string): Criterion => ({
  type: 'fileProperty',
  path: 'c:\\NONE.txt',
  property: 'modifiedAt',
  operator,
  value,
});
const example = 'HKLM\\SOFTWARE\\Example';
type Value = Extract<Criterion, { type: 'registryValue' }>;
const value = (name: string, test: Value['test'], more: Partial<Value> = {}): Criterion => ({
  type: 'registryValue',
  key: example,
  name,
  view: 'either',
  test,
  ...more,
});
const key = (
  path: string,
  view: '64' | '32' | 'either',
  test: 'exists' | 'absent' = 'exists',
): Criterion => ({
  type: 'registryKey',
  key: path,
  view,
  test,
});
const yes: Criterion = { type: 'architecture', is: 64 };
const no: Criterion = { type: 'architecture', is: 32 };
const nested = (depth: number): Criterion => (depth === 1 ? yes : { all: [nested(depth - 1)] });

/** By name: the criteria, and whether they hold. */
export const criteriaCases: Record<string, [Criterion, boolean]> = {
  'a lower version is lower': [version('Old', '<'), true],
  'an equal version is not lower': [version('Same', '<'), false],
  'a greater version is not lower, number by number': [version('Later', '<'), false],
  'a file that is absent is not lower': [version('Absent', '<'), false],
  'nor different': [version('Absent', '!='), false],
  'an equal version is equal, however many numbers': [version('Same', '=', '9.3.0.32.0.0'), true],
  'a version begins with numbers': [version('Same', '>=', '9, 3 and more'), true],
  'what is no version compares with none': [version('Same', '!=', 'nine'), false],
  'a file without a version has none to compare': [
    { ...(version('Old', '!=') as object), path: 'C:\\none.txt' } as Criterion,
    false,
  ],
  'a file beyond 4 GiB': [size('=', '4294967297'), true],
  'an empty file is smaller': [size('<', '1', 'Later'), true],
  'a size that is no number': [size('>', 'many'), false],
  'the size of a folder': [
    { ...(size('=', '0') as object), path: 'C:\\Program Files\\Old' } as Criterion,
    false,
  ],
  'a date by the second': [date('=', '2024-05-31T12:00:00Z'), true],
  'a date in another zone': [date('<', '2024-05-31T14:00:01+02:00'), true],
  'a date before': [date('>', '2024-02-29'), true],
  'a date that is none': [date('!=', '{Date}'), false],
  'a file that exists': [{ type: 'file', path: service('Old'), test: 'exists' }, true],
  'a folder exists, too': [{ type: 'file', path: 'C:\\Program Files\\Old', test: 'exists' }, true],
  'a file that is absent': [{ type: 'file', path: '%Nothing%\\x', test: 'absent' }, true],
  'a key in its view': [key('HKLM\\SOFTWARE\\Only32', '32'), true],
  'a key in the other view': [key('HKLM\\SOFTWARE\\Only32', '64'), false],
  'a key in either view': [key('HKLM\\SOFTWARE\\Only32', 'either'), true],
  'a key that is absent in both views': [key('HKLM\\SOFTWARE\\None', 'either', 'absent'), true],
  'a key that is absent in one view only': [key('HKLM\\SOFTWARE\\Only32', 'either', 'absent'), false],
  'a value of one view': [value('version', 'version', { view: '64', operator: '>', value: '9.9' }), true],
  'a value of the other view': [value('Version', 'version', { operator: '>=', value: '9.15' }), true],
  'a value that is a number': [value('Count', 'number', { operator: '<', value: '11' }), true],
  'a number as text': [value('Hex', 'number', { operator: '=', value: '31' }), true],
  'a number beyond 64 bits with a sign': [
    value('Large', 'number', { operator: '>', value: '-99999999999999999999' }),
    true,
  ],
  'a text that is no number': [value('Version', 'number', { operator: '!=', value: '1' }), false],
  'a value that is missing': [value('None', 'number', { operator: '!=', value: '1' }), false],
  'a number equals its text': [value('Count', 'equals', { value: '10' }), true],
  'the default value, without regard to case': [value('', 'contains', { value: 'GRÖSSE' }), false],
  'letters beyond ASCII': [value('', 'contains', { value: 'ÜBER' }), true],
  'an empty value exists': [value('Empty', 'exists'), true],
  'an empty value is empty': [value('Empty', 'equals', { value: '' }), true],
  'a value that is absent': [value('None', 'absent'), true],
  'an architecture': [yes, true],
  'another architecture': [no, false],
  'a client of a build': [{ type: 'os', family: 'client', operator: '>=', version: '10.0.17763' }, true],
  'no server': [{ type: 'os', family: 'server' }, false],
  'an edition': [{ type: 'os', edition: 'prof*' }, true],
  'an edition of an earlier Windows': [{ type: 'os', operator: '<', version: '10', edition: 'Prof*' }, false],
  'a product by pattern': [{ type: 'uninstallEntry', name: 'mozilla firefox*x64*', view: '64' }, true],
  'a product in the other view': [{ type: 'uninstallEntry', name: '7-Zip*', view: '64' }, false],
  'a product by version': [
    { type: 'uninstallEntry', name: '7-Zip ?.*', operator: '<', version: '9.20.1', view: 'either' },
    true,
  ],
  'a product by publisher': [
    { type: 'uninstallEntry', name: 'änderung?', publisher: '*Co. [kg]', view: '32' },
    true,
  ],
  'a product without a version': [
    { type: 'uninstallEntry', name: 'Änderung?', operator: '!=', version: '2', view: '32' },
    false,
  ],
  'an entry without a name is no product': [
    { type: 'uninstallEntry', name: '*', publisher: 'nobody', view: '64' },
    false,
  ],
  'a variable': [{ type: 'environment', name: 'SITE', test: 'equals', value: 'berlin' }, true],
  'a part of a variable': [{ type: 'environment', name: 'Site', test: 'contains', value: 'x' }, false],
  'an empty variable exists': [{ type: 'environment', name: 'Blank', test: 'exists' }, true],
  'a variable that is absent': [{ type: 'environment', name: 'None', test: 'absent' }, true],
  'a service that runs': [{ type: 'service', name: 'spooler', test: 'running' }, true],
  'a service that is stopped and disabled': [
    {
      all: [
        { type: 'service', name: 'wuauserv', test: 'stopped' },
        { type: 'service', name: 'wuauserv', test: 'disabled' },
      ],
    },
    true,
  ],
  'a service that is about to stop': [{ type: 'service', name: 'Slow', test: 'stopped' }, false],
  'a service that is absent': [{ type: 'service', name: 'None', test: 'absent' }, true],
  'all of them': [{ all: [yes, yes, no] }, false],
  'any of them': [{ any: [no, yes, no] }, true],
  'none of them': [{ not: { any: [no, no] } }, true],
  'groups as deep as they may be': [nested(8), true],
};

export function criteriaFiles(): Map<string, string> {
  const lines = [
    ...Object.entries(files).map(([path, f]) =>
      ['file', path, f.isFolder ? 'folder' : 'file', f.sizeBytes, filetimeOf(modifiedAt), f.version].join(
        '\t',
      ),
    ),
    ...values.map((parts) => ['value', ...parts].join('\t')),
    ...entries.map((parts) => ['entry', ...parts].join('\t')),
    ...Object.entries(variables).map((parts) => ['variable', ...parts].join('\t')),
    ...Object.entries(services).map(([name, s]) =>
      ['service', name, s.state, s.isDisabled ? 1 : 0].join('\t'),
    ),
    ['os', os.major, os.minor, os.build, os.bits, os.isServer ? 1 : 0, os.edition].join('\t'),
  ];
  const cases = Object.entries(criteriaCases).flatMap(([name, [criteria]]) => {
    const { holds, lines: told } = evaluateCriteria(criteria, facts);
    const head = [name, encodeCriterion(criteria).toString('hex'), holds ? 'yes' : 'no'].join('\t');
    return [head, ...told.map((line) => `  ${line}`)];
  });
  return new Map([
    ['criteria/computer.txt', `${lines.join('\n')}\n`],
    ['criteria/cases.txt', `${cases.join('\n')}\n`],
  ]);
}

export const holdsOnTheComputer = (criteria: Criterion): boolean => evaluateCriteria(criteria, facts).holds;
