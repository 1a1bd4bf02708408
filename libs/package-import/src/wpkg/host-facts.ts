/**
 * What WPKG asks about a computer to decide whether an element applies (the attributes of its HostMatch group). Drover
 * decides on the computer too, by criteria; so each question becomes a fact with a criterion, and a package is
 * worked out once for each combination of facts that can be.
 */
import type { Criterion } from '@drover/domain';
import type { XmlElement } from '../xml/xml-element';

export interface HostFact {
  /** As in `os=windows 7`. */
  key: string;
  criterion: Criterion;
  /** Two facts of one group with nothing in common cannot hold together. */
  group: string;
  values: readonly string[];
}

/** An element applies when every fact is as wanted. */
export interface HostMatch {
  wanted: { fact: HostFact; holds: boolean }[];
  /** Questions that no criterion can ask. */
  unknown: string[];
}

/** Which facts hold, by key. */
export type HostContext = ReadonlyMap<string, boolean>;

export const factsMax = 4;

export function hostMatchOf(element: XmlElement): HostMatch {
  const match: HostMatch = { wanted: [], unknown: [] };
  for (const attribute of attributes) {
    const value = element.take(attribute);
    if (value === undefined || value.trim() === '') continue;
    const wanted = wantedBy(attribute, value.trim());
    if (wanted) match.wanted.push(wanted);
    else match.unknown.push(`${attribute}="${value}"`);
  }
  return match;
}

/** A `check type="host"`: the same questions, asked by a check. */
export function hostCriterion(attribute: string, value: string): Criterion | undefined {
  const wanted = wantedBy(attribute, value);
  if (!wanted) return undefined;
  return wanted.holds ? wanted.fact.criterion : { not: wanted.fact.criterion };
}

export const applies = (match: HostMatch, context: HostContext): boolean =>
  match.wanted.every(({ fact, holds }) => (context.get(fact.key) ?? false) === holds);

/** Every combination of facts that a computer can have. */
export function contextsOf(facts: readonly HostFact[]): HostContext[] {
  return facts
    .reduce<HostFact[][]>((sets, fact) => [...sets, ...sets.map((set) => [...set, fact])], [[]])
    .filter((held) => held.every((one, at) => held.slice(at + 1).every((other) => canHold(one, other))))
    .map((held) => new Map(facts.map((fact) => [fact.key, held.includes(fact)])));
}

/** The criterion of a context. */
export function criterionOf(context: HostContext, facts: readonly HostFact[]): Criterion | undefined {
  const held = facts.filter(({ key }) => context.get(key));
  const parts = facts.flatMap((fact): Criterion[] => {
    if (context.get(fact.key)) return [fact.criterion];
    // Where another fact excludes it, that it does not hold goes without saying.
    return held.some((other) => !canHold(fact, other)) ? [] : [{ not: fact.criterion }];
  });
  const [first, second] = parts;
  return second === undefined ? first : { all: parts };
}

const attributes = [
  'architecture',
  'os',
  'lcid',
  'lcidOS',
  'hostname',
  'environment',
  'ipaddresses',
  'domainname',
  'groups',
] as const;

const canHold = (one: HostFact, other: HostFact): boolean =>
  one.group !== other.group || one.values.some((value) => other.values.includes(value));

function wantedBy(attribute: string, value: string): { fact: HostFact; holds: boolean } | undefined {
  const fact = (criterion: Criterion, values: readonly string[]) => ({
    fact: { key: `${attribute}=${value.toLowerCase()}`, criterion, group: attribute, values },
    holds: true,
  });
  switch (attribute) {
    case 'architecture':
      return architecture(value);
    case 'os': {
      const versions = osVersions(value);
      return versions && fact(anyOf(versions.map(osCriterion)), versions);
    }
    case 'lcid':
    case 'lcidOS': {
      const ids = value.split(',').map((id) => id.trim().padStart(4, '0').toLowerCase());
      if (!ids.every((id) => /^[0-9a-f]{4}$/.test(id))) return undefined;
      return fact(anyOf(ids.map((id) => localeCriterion(attribute, id))), ids);
    }
    case 'hostname': {
      const name = literal(value);
      if (name === undefined) return undefined;
      return fact({ type: 'environment', name: 'COMPUTERNAME', test: name.test, value: name.value }, [value]);
    }
    case 'environment': {
      const [, name, expression = ''] = /^(\w+)=([^|]+)$/.exec(value) ?? [];
      const text = literal(expression);
      if (name === undefined || text === undefined) return undefined;
      return fact({ type: 'environment', name, test: text.test, value: text.value }, [value]);
    }
    default:
      return undefined;
  }
}

/** 64 bit is one fact; 32 bit is that it does not hold. */
function architecture(value: string): { fact: HostFact; holds: boolean } | undefined {
  const bits = /^\^?x(86|64)\$?$/i.exec(value)?.[1];
  if (bits === undefined) return undefined;
  const fact: HostFact = {
    key: '64 bit',
    criterion: { type: 'architecture', is: 64 },
    group: '64 bit',
    values: ['64'],
  };
  return { fact, holds: bits === '64' };
}

/** A regular expression that is only a text: `^name$` is the whole of it, `name` a part. */
function literal(expression: string): { test: 'equals' | 'contains'; value: string } | undefined {
  const [, start, text = '', end] = /^(\^?)([\w .@-]+?)(\$?)$/.exec(expression) ?? [];
  if (text === '' || /\./.test(text)) return undefined;
  return { test: start && end ? 'equals' : 'contains', value: text };
}

const osNames: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(microsoft )?windows 2000$/, ['client 5.0', 'server 5.0']],
  [/^(microsoft )?windows xp$/, ['client 5.1', 'client 5.2']],
  [/^(microsoft )?windows vista$/, ['client 6.0']],
  [/^(microsoft )?windows 7$/, ['client 6.1']],
  [/^(microsoft )?windows 8$/, ['client 6.2', 'client 6.3']],
  [/^(microsoft )?windows 8\.1$/, ['client 6.3']],
  [/^(microsoft )?windows 10$/, ['client 10.0.10240']],
  [/^(microsoft )?windows 11$/, ['client 10.0.22000']],
];

const windowsVersions = ['5.0', '5.1', '5.2', '6.0', '6.1', '6.2', '6.3', '10.0'];

/**
 * The versions that a regular expression over `[caption], [description],[service pack], [version]` is about. Names are told by
 * version, never by localized text (COMPATIBILITY.md); other expressions than names and version numbers are not understood.
 */
function osVersions(expression: string): readonly string[] | undefined {
  const text = expression.toLowerCase();
  const byName = osNames.find(([pattern]) => pattern.test(text));
  if (byName) return byName[1];
  const number = /^(?:\.[+*])?(\d+)\\\.(\d+|\\d\+?)(?:\\\.(?:\\d(?:\{\d\}|\+)?|\.[*+]))?$/.exec(text);
  if (!number) return undefined;
  const [, major = '', minor = ''] = number;
  const found = windowsVersions.filter((version) =>
    minor.startsWith('\\d') ? version.startsWith(`${major}.`) : version === `${major}.${minor}`,
  );
  return found.length === 0
    ? undefined
    : found.flatMap((version) => [`client ${version}`, `server ${version}`]);
}

function osCriterion(named: string): Criterion {
  const [family = '', version = ''] = named.split(' ');
  const [major = '0', minor = '0', build] = version.split('.');
  const below =
    build === undefined ? `${major}.${Number(minor) + 1}` : build === '10240' ? '10.0.22000' : '10.1';
  const side = family === 'server' ? 'server' : 'client';
  return {
    all: [
      { type: 'os', family: side, operator: '>=', version },
      { type: 'os', operator: '<', version: below },
    ],
  };
}

/** `lcidOS`: the language of the installation. `lcid`: the locale of the account that runs the step. */
const localeCriterion = (attribute: 'lcid' | 'lcidOS', id: string): Criterion =>
  attribute === 'lcidOS'
    ? {
        type: 'registryValue',
        key: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Nls\\Language',
        name: 'InstallLanguage',
        view: 'either',
        test: 'equals',
        value: id,
      }
    : {
        type: 'registryValue',
        key: 'HKCU\\Control Panel\\International',
        name: 'Locale',
        view: 'either',
        test: 'equals',
        value: id.padStart(8, '0'),
      };

const anyOf = (criteria: Criterion[]): Criterion => {
  const [only, second] = criteria;
  return only && second === undefined ? only : { any: criteria };
};
