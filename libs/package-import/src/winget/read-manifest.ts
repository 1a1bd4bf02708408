/** A winget manifest as YAML, with the same book-keeping as XML: what no importer takes is listed. */
import { isMap, isNode, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { PackageImportError } from '../package-import-error';

const aliasesMax = 10;
const shownCharactersMax = 120;

/** A mapping that remembers what has been read of it. */
export class YamlMapping {
  private readonly read = new Set<string>();

  constructor(
    readonly members: Readonly<Record<string, unknown>>,
    private readonly lineOf: (key: string) => number,
    private readonly inner: (key: string, index: number) => YamlMapping | undefined,
  ) {}

  has = (key: string): boolean => this.members[key] !== undefined && this.members[key] !== null;

  /** A text or a number as text; undefined when it is something else. */
  text(key: string): string | undefined {
    this.read.add(key);
    const value = this.members[key];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  }

  /** The mappings of a list, or of a mapping alone. */
  mappings(key: string): YamlMapping[] {
    this.read.add(key);
    const value = this.members[key];
    const count = Array.isArray(value) ? value.length : this.has(key) ? 1 : 0;
    return Array.from({ length: count }, (_, index) => this.inner(key, index)).filter(
      (one) => one !== undefined,
    );
  }

  list(key: string): unknown[] {
    this.read.add(key);
    const value: unknown = this.members[key];
    return Array.isArray(value) ? value : [];
  }

  ignore(keys: Iterable<string>): void {
    for (const key of keys) this.read.add(key);
  }

  unread(): { key: string; what: string; line: number }[] {
    return Object.entries(this.members)
      .filter(([key, value]) => !this.read.has(key) && value !== null)
      .map(([key, value]) => ({
        key,
        what: `${key}: ${JSON.stringify(value)}`.slice(0, shownCharactersMax),
        line: this.lineOf(key),
      }));
  }
}

/** Undefined when the text is YAML or JSON, but no manifest. @throws PackageImportError 'malformed' with line and column */
export function readManifest(text: string): YamlMapping | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const at = error.linePos?.[0];
    const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    throw new PackageImportError(
      'malformed',
      `not well-formed YAML: ${message}`,
      { line: at?.line ?? 1, column: at?.col ?? 1 },
      error,
    );
  }
  if (!isMap(document.contents)) return undefined;
  try {
    // Aliases are limited, so that a small file cannot become a large one.
    document.toJS({ maxAliasCount: aliasesMax });
  } catch (failure) {
    throw new PackageImportError('malformed', 'too many aliases, or one to nothing', undefined, failure);
  }
  return mapping(document.contents, lines);
}

function mapping(map: YAMLMap, lines: LineCounter): YamlMapping {
  const node = (key: string): unknown => map.get(key, true);
  const lineOf = (key: string): number => {
    const found = node(key);
    return isNode(found) && found.range ? lines.linePos(found.range[0]).line : 1;
  };
  const inner = (key: string, index: number): YamlMapping | undefined => {
    const found = node(key);
    const member: unknown = isSeq(found) ? found.items[index] : found;
    return isMap(member) ? mapping(member, lines) : undefined;
  };
  const plain: unknown = map.toJSON();
  return new YamlMapping(isMembers(plain) ? plain : {}, lineOf, inner);
}

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
