/**
 * Whether criteria hold on a computer, and what was found for each of them (docs/plan-format.md, "Criteria"). The simulated
 * host evaluates with this; the runner does the same in apps/runner/src/criteria.c, and both are held to the same vectors.
 */
import {
  partsOf,
  type ComparisonOperator,
  type Criterion,
  type CriterionLeaf,
  type RegistryView,
} from '../package/criterion';
import { filetimeOf } from '../plan/filetime';
import {
  clampToInt64,
  comparisonHolds,
  versionOrder,
  matchesPattern,
  parseNumber,
  upperCase,
} from './compare';

export interface FileFacts {
  isFolder: boolean;
  sizeBytes: number;
  modifiedAt: Date;
  /** As in `1.2.3.4`, when the file has a version resource. */
  version?: string | undefined;
}

export interface UninstallEntryFacts {
  name: string;
  publisher: string;
  version: string;
}

/** What criteria ask of a computer. Undefined: it is not there. */
export interface ComputerFacts {
  /** Replaces `%NAME%`, and leaves it where there is no such variable. */
  expand(text: string): string;
  file(path: string): FileFacts | undefined;
  /** @param key with its root, as in `HKLM\SOFTWARE`. */
  hasKey(key: string, view: '64' | '32'): boolean;
  /** A number for REG_DWORD and REG_QWORD; lines joined by a line feed for REG_MULTI_SZ; lower-case hex for REG_BINARY. */
  value(key: string, name: string, view: '64' | '32'): string | bigint | undefined;
  os(): { major: number; minor: number; build: number; bits: 32 | 64; isServer: boolean; edition: string };
  uninstallEntries(view: '64' | '32'): readonly UninstallEntryFacts[];
  variable(name: string): string | undefined;
  service(name: string): { state: 'stopped' | 'running' | 'changing'; isDisabled: boolean } | undefined;
}

export interface Evaluation {
  holds: boolean;
  /** One for each leaf, in their order: whether it holds, the question, what was found. */
  lines: string[];
}

/** Every leaf is evaluated, also where the others have decided already. */
export function evaluateCriteria(criteria: Criterion, facts: ComputerFacts): Evaluation {
  if ('type' in criteria) {
    const { holds, found } = evaluateLeaf(criteria, facts);
    return { holds, lines: [`${holds ? 'yes ' : 'no  '} ${questionOf(criteria, facts)}: ${found}`] };
  }
  const parts = partsOf(criteria).map((part) => evaluateCriteria(part, facts));
  const lines = parts.flatMap((part) => part.lines);
  if ('not' in criteria) return { holds: !parts.some((part) => part.holds), lines };
  return {
    holds: 'all' in criteria ? parts.every((part) => part.holds) : parts.some((part) => part.holds),
    lines,
  };
}

/** Whether an entry fits; a pattern or a version that is left out fits everything. */
export function fitsUninstallEntry(
  entry: UninstallEntryFacts,
  wanted: {
    name?: string | undefined;
    publisher?: string | undefined;
    operator?: ComparisonOperator | undefined;
    version?: string | undefined;
  },
): boolean {
  if (entry.name === '') return false;
  if (wanted.name !== undefined && !matchesPattern(wanted.name, entry.name)) return false;
  if (wanted.publisher !== undefined && !matchesPattern(wanted.publisher, entry.publisher)) return false;
  return wanted.operator === undefined || versionsCompare(wanted.operator, entry.version, wanted.version);
}

interface Found {
  holds: boolean;
  found: string;
}

const absent: Found = { holds: false, found: 'not there' };

function evaluateLeaf(leaf: CriterionLeaf, facts: ComputerFacts): Found {
  switch (leaf.type) {
    case 'file':
    case 'fileProperty':
      return evaluateFile(leaf, facts);
    case 'registryKey':
    case 'registryValue':
      return evaluateRegistry(leaf, facts);
    case 'architecture': {
      const { bits } = facts.os();
      return { holds: bits === leaf.is, found: String(bits) };
    }
    case 'os': {
      const { major, minor, build, isServer, edition } = facts.os();
      const version = `${major}.${minor}.${build}`;
      const holds =
        (leaf.version === undefined || versionsCompare(leaf.operator, version, leaf.version)) &&
        (leaf.family === undefined || (leaf.family === 'server') === isServer) &&
        (leaf.edition === undefined || matchesPattern(leaf.edition, edition));
      return { holds, found: words(version, isServer ? 'server' : 'client', edition) };
    }
    case 'uninstallEntry': {
      const entry = viewsOf(leaf.view)
        .flatMap((view) => facts.uninstallEntries(view))
        .find((one) => fitsUninstallEntry(one, { ...leaf, name: facts.expand(leaf.name) }));
      return entry
        ? { holds: true, found: words(entry.name, entry.version) }
        : { holds: false, found: 'none' };
    }
    case 'environment': {
      const value = facts.variable(facts.expand(leaf.name));
      if (value === undefined) return { ...absent, holds: leaf.test === 'absent' };
      const holds = leaf.test === 'exists' || (leaf.test !== 'absent' && textsCompare(leaf, value));
      return { holds, found: value === '' ? 'empty' : value };
    }
    case 'service':
      return evaluateService(leaf, facts);
  }
}

function evaluateFile(
  leaf: Extract<CriterionLeaf, { type: 'file' | 'fileProperty' }>,
  facts: ComputerFacts,
): Found {
  const file = facts.file(facts.expand(leaf.path));
  if (file === undefined) return { ...absent, holds: leaf.type === 'file' && leaf.test === 'absent' };
  if (leaf.type === 'file')
    return { holds: leaf.test === 'exists', found: file.isFolder ? 'a folder' : 'there' };
  const { operator, value } = leaf;
  switch (leaf.property) {
    case 'sizeBytes': {
      if (file.isFolder) return { holds: false, found: 'a folder' };
      return {
        holds: numbersCompare(operator, BigInt(file.sizeBytes), value),
        found: String(file.sizeBytes),
      };
    }
    case 'modifiedAt': {
      const wanted = new Date(value);
      const found = `${file.modifiedAt.toISOString().slice(0, 19)}Z`;
      if (Number.isNaN(wanted.getTime())) return { holds: false, found };
      const order = orderOf(secondsOf(file.modifiedAt), secondsOf(wanted));
      return { holds: comparisonHolds(operator, order), found };
    }
    case 'version':
      if (file.version === undefined) return { holds: false, found: 'no version' };
      return { holds: versionsCompare(operator, file.version, value), found: file.version };
  }
}

/** A test on something missing does not hold, but the one for its absence, which is about all the views that are asked. */
function evaluateRegistry(
  leaf: Extract<CriterionLeaf, { type: 'registryKey' | 'registryValue' }>,
  facts: ComputerFacts,
): Found {
  const key = facts.expand(leaf.key);
  let holds = false;
  let found: string | undefined;
  for (const view of viewsOf(leaf.view)) {
    if (holds) break;
    if (leaf.type === 'registryKey') {
      holds = facts.hasKey(key, view);
      if (holds) found = 'there';
      continue;
    }
    const value = facts.value(key, leaf.name, view);
    if (value === undefined) continue;
    found = String(value);
    holds = valueHolds(leaf, value);
  }
  found = found === undefined || found === '' ? (holds ? 'empty' : 'not there') : found;
  return { holds: leaf.test === 'absent' ? !holds : holds, found };
}

function valueHolds(
  leaf: Extract<CriterionLeaf, { type: 'registryValue' }>,
  value: string | bigint,
): boolean {
  switch (leaf.test) {
    case 'exists':
    case 'absent':
      return true;
    case 'equals':
    case 'contains':
      return textsCompare(leaf, String(value));
    case 'number': {
      const number = typeof value === 'bigint' ? clampToInt64(value) : parseNumber(value);
      return number !== undefined && numbersCompare(leaf.operator, number, leaf.value);
    }
    case 'version':
      return versionsCompare(leaf.operator, String(value), leaf.value);
  }
}

function evaluateService(leaf: Extract<CriterionLeaf, { type: 'service' }>, facts: ComputerFacts): Found {
  const service = facts.service(facts.expand(leaf.name));
  if (service === undefined) return { ...absent, holds: leaf.test === 'absent' };
  const found = words(service.state, service.isDisabled ? 'disabled' : '');
  switch (leaf.test) {
    case 'exists':
      return { holds: true, found };
    case 'absent':
      return { holds: false, found };
    case 'disabled':
      return { holds: service.isDisabled, found };
    default:
      return { holds: service.state === leaf.test, found };
  }
}

/** The question, as a line for people says it. */
function questionOf(leaf: CriterionLeaf, facts: ComputerFacts): string {
  switch (leaf.type) {
    case 'file':
      return words('file', facts.expand(leaf.path), leaf.test);
    case 'fileProperty': {
      const property = { version: 'version', sizeBytes: 'size', modifiedAt: 'date' }[leaf.property];
      return words(`${property} of`, facts.expand(leaf.path), leaf.operator, leaf.value);
    }
    case 'registryKey':
      return words('key', facts.expand(leaf.key), leaf.test);
    case 'registryValue':
      return words(
        `value ${facts.expand(leaf.key)}\\${leaf.name}`,
        leaf.test,
        leaf.operator ?? '',
        leaf.value ?? '',
      );
    case 'architecture':
      return `architecture ${leaf.is}`;
    case 'os':
      return words('os', leaf.family ?? '', leaf.operator ?? '', leaf.version ?? '', leaf.edition ?? '');
    case 'uninstallEntry':
      return words(
        `installed ${facts.expand(leaf.name)}`,
        leaf.publisher === undefined ? '' : words('by', leaf.publisher),
        leaf.operator ?? '',
        leaf.version ?? '',
      );
    case 'environment':
      return words('variable', facts.expand(leaf.name), leaf.test, leaf.value ?? '');
    case 'service':
      return words('service', facts.expand(leaf.name), leaf.test);
  }
}

const viewsOf = (view: RegistryView): readonly ('64' | '32')[] => (view === 'either' ? ['64', '32'] : [view]);
const words = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');
const orderOf = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);
/** Dates compare by the second: what a person writes has no more. */
const secondsOf = (date: Date): bigint => filetimeOf(date) / 10_000_000n;

function versionsCompare(
  operator: ComparisonOperator | undefined,
  found: string,
  wanted: string | undefined,
): boolean {
  if (operator === undefined || wanted === undefined) return false;
  const order = versionOrder(found, wanted);
  return order !== undefined && comparisonHolds(operator, order);
}

function numbersCompare(
  operator: ComparisonOperator | undefined,
  found: bigint,
  wanted: string | undefined,
): boolean {
  const number = wanted === undefined ? undefined : parseNumber(wanted);
  return operator !== undefined && number !== undefined && comparisonHolds(operator, orderOf(found, number));
}

function textsCompare(leaf: { test: string; value?: string | undefined }, found: string): boolean {
  if (leaf.value === undefined) return false;
  const [left, right] = [upperCase(found), upperCase(leaf.value)];
  return leaf.test === 'contains' ? left.includes(right) : left === right;
}
