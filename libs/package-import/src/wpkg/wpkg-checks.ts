/** WPKG's checks as criteria. What no criterion can ask is told by its reason. */
import type { ComparisonOperator, Criterion } from '@drover/domain';
import type { XmlElement } from '../xml/xml-element';
import { applies, hostCriterion, hostMatchOf, type HostContext, type HostMatch } from './host-facts';
import type { Expand } from './wpkg-variables';

export interface WpkgCheck {
  type: string;
  condition: string;
  path: string;
  value: string;
  match: HostMatch;
  inner: WpkgCheck[];
  line: number;
  shown: string;
}

export type CheckResult = { criterion: Criterion } | { cannot: string };

export function readCheck(element: XmlElement): WpkgCheck {
  return {
    type: (element.take('type') ?? '').toLowerCase(),
    condition: (element.take('condition') ?? '').toLowerCase(),
    path: element.take('path') ?? '',
    value: element.take('value') ?? '',
    match: hostMatchOf(element),
    inner: element.takeAll('check').map(readCheck),
    line: element.line,
    shown: element.shown(),
  };
}

/** Every text of a check and of those in it. */
export const textsOfCheck = (check: WpkgCheck): string[] => [
  check.path,
  check.value,
  ...check.inner.flatMap(textsOfCheck),
];

/** Every question about the computer in a check and in those in it. */
export const matchesOfCheck = (check: WpkgCheck): HostMatch[] => [
  check.match,
  ...check.inner.flatMap(matchesOfCheck),
];

/** Undefined for a check that does not apply in the context: it is as if it were not there. */
export function criterionOfCheck(
  check: WpkgCheck,
  context: HostContext,
  expand: Expand,
): CheckResult | undefined {
  if (check.match.unknown.length > 0)
    return { cannot: `Drover cannot ask for ${check.match.unknown.join(', ')}` };
  if (!applies(check.match, context)) return undefined;
  switch (check.type) {
    case 'file':
      return fileCheck(check, expand);
    case 'registry':
      return registryCheck(check, expand);
    case 'uninstall':
      return uninstallCheck(check, expand);
    case 'logical':
      return logicalCheck(check, context, expand);
    case 'host': {
      const criterion = hostCriterion(check.condition, expand(check.value).plain);
      return criterion ? { criterion } : { cannot: `Drover cannot ask for ${check.condition}` };
    }
    default:
      return { cannot: `there is no criterion of the type “${check.type}”` };
  }
}

const versionOperators: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['versionsmallerthan', '<'],
  ['versionlessthan', '<'],
  ['versionlessorequal', '<='],
  ['versionequalto', '='],
  ['versiongreaterorequal', '>='],
  ['versiongreaterthan', '>'],
]);
const dateOperators: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['datemodifyequalto', '='],
  ['datemodifynewerthan', '>'],
  ['datemodifyolderthan', '<'],
  ['datemodfyolderthan', '<'],
]);

const unknownCondition = ({ condition }: WpkgCheck): CheckResult => ({
  cannot: `the condition “${condition}” has no equal in Drover`,
});

/** WPKG also compares versions with letters; Drover compares numbers. */
function version(value: string, expand: Expand): { version: string } | { cannot: string } {
  const { text, plain } = expand(value);
  return /^\d{1,10}(\.\d{1,10}){0,7}$/.test(plain.trim())
    ? { version: text.trim() }
    : { cannot: `“${plain}” is not a version of numbers and dots` };
}

function fileCheck(check: WpkgCheck, expand: Expand): CheckResult {
  const path = expand(check.path).text;
  if (path.trim() === '') return { cannot: 'a file check without a path' };
  if (check.condition === 'exists') return { criterion: { type: 'file', path, test: 'exists' } };
  if (check.condition === 'sizeequals') {
    const { text, plain } = expand(check.value);
    if (!/^\d{1,19}$/.test(plain)) return { cannot: `“${plain}” is not a number of bytes` };
    return { criterion: { type: 'fileProperty', path, property: 'sizeBytes', operator: '=', value: text } };
  }
  const versionOperator = versionOperators.get(check.condition);
  if (versionOperator) {
    const value = version(check.value, expand);
    if ('cannot' in value) return value;
    return {
      criterion: {
        type: 'fileProperty',
        path,
        property: 'version',
        operator: versionOperator,
        value: value.version,
      },
    };
  }
  const dateOperator = dateOperators.get(check.condition);
  if (!dateOperator) return unknownCondition(check);
  const { plain } = expand(check.value);
  // Without a zone WPKG means the computer's local time, which is known only there.
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(plain))
    return { cannot: `“${plain}” is not an instant with a time zone` };
  const value = plain.replace(' ', 'T');
  return { criterion: { type: 'fileProperty', path, property: 'modifiedAt', operator: dateOperator, value } };
}

function registryCheck(check: WpkgCheck, expand: Expand): CheckResult {
  const path = expand(check.path).text.replace(/\\+$/, '');
  if (!/^(HKLM|HKCU|HKCR|HKU|HKEY_[A-Z_]+)\\\S/i.test(expand(check.path).plain))
    return { cannot: `“${check.path}” is not a registry path` };
  const at = path.lastIndexOf('\\');
  const value = {
    type: 'registryValue',
    key: path.slice(0, at),
    name: path.slice(at + 1),
    view: 'either',
  } as const;
  switch (check.condition) {
    case 'exists':
      // WPKG does not say whether it means a key or a value.
      return {
        criterion: {
          any: [
            { type: 'registryKey', key: path, view: 'either', test: 'exists' },
            { ...value, test: 'exists' },
          ],
        },
      };
    case 'equals':
      if (expand(check.path).plain.split('\\').length < 3) return { cannot: `“${path}” names no value` };
      return { criterion: { ...value, test: 'equals', value: expand(check.value).text } };
    default:
      return unknownCondition(check);
  }
}

function uninstallCheck(check: WpkgCheck, expand: Expand): CheckResult {
  const name = uninstallPattern(expand(check.path).text);
  if (name === undefined)
    return { cannot: `the regular expression “${check.path}” says more than a pattern of * and ?` };
  if (check.condition === 'exists') return { criterion: { type: 'uninstallEntry', name, view: 'either' } };
  const operator = versionOperators.get(check.condition);
  if (!operator) return unknownCondition(check);
  const value = version(check.value, expand);
  if ('cannot' in value) return value;
  return {
    criterion: { type: 'uninstallEntry', name, operator, version: value.version, view: 'either' },
  };
}

/**
 * A name as WPKG takes it, exact or a regular expression, as a pattern with `*` and `?`. Undefined for an expression that
 * has no such pattern, or for an empty one.
 */
export function uninstallPattern(name: string): string | undefined {
  const isExpression = /\.[*+?]|\\|\[|\|/.test(name);
  if (!isExpression) return name.trim() || undefined;
  const pattern = name
    .replace(/^\^|\$$/g, '')
    .replace(/\(\.\*\)|\.\*/g, '*')
    .replace(/\.\+/g, '?*')
    .replace(/\\d\{4\}/g, '????')
    .replace(/\\([^\w\s])/g, '$1');
  return /\\|\[|\||\.\?/.test(pattern) ? undefined : pattern.trim() || undefined;
}

function logicalCheck(check: WpkgCheck, context: HostContext, expand: Expand): CheckResult {
  const results = check.inner.flatMap((inner) => criterionOfCheck(inner, context, expand) ?? []);
  const cannot = results.find((result) => 'cannot' in result);
  if (cannot) return cannot;
  const parts = results.flatMap((result) => ('criterion' in result ? [result.criterion] : []));
  const [first] = parts;
  if (!first) return { cannot: `a logical check “${check.condition}” without checks` };
  const all: CheckResult = { criterion: parts.length === 1 ? first : { all: parts } };
  const any: CheckResult = { criterion: parts.length === 1 ? first : { any: parts } };
  const count = Number(check.value);
  switch (check.condition) {
    case 'and':
      return all;
    case 'or':
      return any;
    case 'not':
      return parts.length === 1 ? { criterion: { not: first } } : { cannot: '“not” takes one check' };
    case 'atleast':
      if (count <= 1) return any;
      return count === parts.length ? all : { cannot: `at least ${check.value} of ${parts.length} checks` };
    case 'atmost':
      if (count === 0) return { criterion: { not: { any: parts } } };
      return count === parts.length - 1
        ? { criterion: { not: { all: parts } } }
        : { cannot: `at most ${check.value} of ${parts.length} checks` };
    default:
      return unknownCondition(check);
  }
}
