/** Drover's own file of packages: what `drover package export` writes and every import reads. The round trip is exact. */
import { packageContent } from '@drover/contracts';
import type { PackageContent } from '@drover/domain';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { ImportLog } from '../import-log';
import { PackageImportError, positionOf, type Position } from '../package-import-error';

const documentFormat = 'drover.packages';
const documentVersion = 1;
export const packagesInFileMax = 10_000;

/** One file with the packages in the order given. */
export const exportPackages = (packages: readonly PackageContent[]): string =>
  `${JSON.stringify({ format: documentFormat, version: documentVersion, packages }, undefined, 2)}\n`;

/** Whether a value is an export, or a package alone as `drover package create` reads it. */
export const isDroverDocument = (value: unknown): boolean =>
  isMembers(value) && (value['format'] === documentFormat || Array.isArray(value['steps']));

/** @throws PackageImportError 'malformed' or 'invalid' with line and column; one wrong package refuses the file. */
export function importDrover(value: unknown, text: string, log: ImportLog): PackageContent[] {
  const isExport = isMembers(value) && value['format'] === documentFormat;
  if (isExport && value['version'] !== documentVersion)
    throw new PackageImportError(
      'invalid',
      `version ${String(value['version'])} of the format is not known; this Drover reads version ${documentVersion}`,
    );
  const packages = isExport ? value['packages'] : [value];
  if (!Array.isArray(packages)) throw new PackageImportError('invalid', '“packages” is not a list');
  if (packages.length > packagesInFileMax)
    throw new PackageImportError(
      'tooLarge',
      `${packages.length} packages; a file has at most ${packagesInFileMax}`,
    );
  return packages.map((one: unknown, index) => {
    const read = packageContent.safeParse(one);
    const at = isExport ? ['packages', index] : [];
    if (!read.success) {
      const [issue] = read.error.issues;
      const path = [...at, ...(issue?.path ?? [])].map((part) =>
        typeof part === 'number' ? part : String(part),
      );
      throw new PackageImportError(
        'invalid',
        `${path.join('.')}: ${issue?.message ?? ''}`,
        placeOf(text, path),
      );
    }
    log.packages += 1;
    for (const step of read.data.steps) log.step(read.data.name, step.name);
    return read.data;
  });
}

/** JSON, or YAML as people write it. @throws PackageImportError 'malformed' with line and column */
export function readData(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // JSON is YAML, so the reader of YAML knows where the mistake is; what it can read is YAML.
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    const [first] = document.errors;
    if (!first) return plainOf(document);
    const at = first.linePos?.[0];
    const message = first.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    throw new PackageImportError(
      'malformed',
      `neither JSON nor YAML: ${message}`,
      { line: at?.line ?? 1, column: at?.col ?? 1 },
      first,
    );
  }
}

const aliasesMax = 100;

function plainOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax }) as unknown;
  } catch (error) {
    throw new PackageImportError('malformed', 'too many aliases, or one to nothing', undefined, error);
  }
}

function placeOf(text: string, path: readonly (string | number)[]): Position {
  const document = parseDocument(text);
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return positionOf(text, node.range[0]);
  }
  return { line: 1, column: 1 };
}

const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
