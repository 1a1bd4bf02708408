/**
 * Packages from files of any known format. The whole of the import's rules is in docs/importing.md; the caller decides
 * whether losses are accepted, and nothing is imported from a file that is refused.
 */
import { packageContent } from '@drover/contracts';
import { validatePackage, type PackageContent } from '@drover/domain';
import { decodeText } from './decode-text';
import { importDrover, isDroverDocument, readData } from './drover/packages-document';
import { ImportLog, type ImportFormat, type ImportReport } from './import-log';
import { PackageImportError } from './package-import-error';
import { importPdq } from './pdq/import-pdq';
import { importReference } from './reference/import-reference';
import { importWinget, isWinget, wingetKey, wingetNames, type WingetNames } from './winget/import-winget';
import { readManifest } from './winget/read-manifest';
import { importWpkg } from './wpkg/import-wpkg';
import { readXml } from './xml/read-xml';

export interface ImportedFile {
  packages: PackageContent[];
  report: ImportReport;
}

/**
 * Each file with what it becomes, in the order given. Files together, because a winget manifest can be several, and
 * because names have to differ. @param files bytes as they are on disk
 */
export function importFiles(files: readonly { name: string; bytes: Uint8Array }[]): ImportedFile[] {
  const names = new Map<string, number>();
  const locales = new Map<string, WingetNames>();
  const texts = files.map(({ name, bytes }) => ({ name, text: attempt(() => decodeText(bytes)) }));
  for (const { text } of texts) if (typeof text === 'string') collectNames(text, locales);
  return texts.map(({ name, text }) => {
    const log = new ImportLog();
    const found = text instanceof PackageImportError ? text : attempt(() => importText(text, log, locales));
    if (found instanceof PackageImportError) return refused(name, found);
    const packages = accepted(found.packages, log).map((content) => withOwnName(content, names, log));
    return {
      packages,
      report: log.report(
        name,
        found.format,
        packages.map((content) => content.name),
      ),
    };
  });
}

interface Found {
  format: ImportFormat;
  packages: PackageContent[];
}

function attempt<T>(action: () => T): T | PackageImportError {
  try {
    return action();
  } catch (error) {
    if (error instanceof PackageImportError) return error;
    throw error;
  }
}

/** A reason can quote what it has found. */
const reasonCharactersMax = 300;

const refused = (file: string, { message, position }: PackageImportError): ImportedFile => ({
  packages: [],
  report: {
    file,
    packages: 0,
    steps: 0,
    represented: 0,
    listed: [],
    becomes: [],
    refused: { reason: message.slice(0, reasonCharactersMax), ...position },
  },
});

const isXml = (text: string): boolean => /^\ufeff?\s*</.test(text);

/** The names that version and locale files give to the packages of installer files. */
function collectNames(text: string, locales: Map<string, WingetNames>): void {
  if (isXml(text) || !/^\s*PackageIdentifier\s*:/m.test(text)) return;
  const manifest = attempt(() => readManifest(text));
  if (manifest instanceof PackageImportError || !manifest || manifest.has('Installers')) return;
  const known = locales.get(wingetKey(manifest)) ?? {};
  const { name, publisher, description } = wingetNames(manifest);
  const isDefault = manifest.text('ManifestType') === 'defaultLocale';
  const better = <T>(one: T | undefined, other: T | undefined): T | undefined =>
    isDefault ? (one ?? other) : (other ?? one);
  locales.set(wingetKey(manifest), {
    name: better(name, known.name),
    publisher: better(publisher, known.publisher),
    description: better(description, known.description),
  });
}

function importText(text: string, log: ImportLog, locales: ReadonlyMap<string, WingetNames>): Found {
  if (text.trim() === '') throw new PackageImportError('malformed', 'the file is empty');
  if (isXml(text)) return importXml(text, log);
  const value = readData(text);
  if (isDroverDocument(value)) return { format: 'drover', packages: importDrover(value, text, log) };
  const manifest = readManifest(text);
  if (!manifest || !isWinget(manifest))
    throw unknownFormat('neither a package of Drover nor a winget manifest');
  const packages = importWinget(manifest, locales.get(wingetKey(manifest)) ?? {}, log);
  return { format: 'winget', packages };
}

function importXml(text: string, log: ImportLog): Found {
  const root = readXml(text);
  switch (root.name) {
    case 'packages':
    case 'package':
      return { format: 'wpkg', packages: importWpkg(root, log) };
    case 'AdminArsenal.Export':
      return { format: 'pdq', packages: importPdq(root, log) };
    case 'Package':
    case 'Packages':
      return { format: 'reference', packages: importReference(root, log) };
    default:
      throw unknownFormat(`XML with the root <${root.name}>, which no importer knows`, root.line);
  }
}

const unknownFormat = (what: string, line = 1): PackageImportError =>
  new PackageImportError('unknownFormat', what, { line, column: 1 });

/** What the catalogue would refuse is listed with its reason, so that a file is never half saved. */
function accepted(packages: readonly PackageContent[], log: ImportLog): PackageContent[] {
  return packages.flatMap((content) => {
    const read = packageContent.safeParse(content);
    const problems = read.success
      ? validatePackage(read.data).errors.map(({ message }) => message)
      : read.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    for (const problem of problems) log.list(content.name, 'package', `cannot be saved: ${problem}`);
    return read.success && problems.length === 0 ? [read.data] : [];
  });
}

function withOwnName(content: PackageContent, names: Map<string, number>, log: ImportLog): PackageContent {
  let name = content.name;
  let number = names.get(name.toLowerCase()) ?? 0;
  for (; names.has(name.toLowerCase()); number += 1) name = `${content.name.slice(0, 245)} (${number + 1})`;
  // The next package of this name goes on counting where this one has stopped.
  names.set(content.name.toLowerCase(), Math.max(number, 1));
  if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), 1);
  if (name === content.name) return content;
  log.list(content.name, 'name', `two packages have it; this one is called “${name}”`);
  return { ...content, name };
}
