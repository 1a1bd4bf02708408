/** Reads a package from a file, YAML or JSON, and says for every mistake in which line it is. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { explainIssues, packageContent } from '@drover/contracts';
import { validatePackage, type PackageContent } from '@drover/domain';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';

const aliasesMax = 100;
const fileBytesMax = 8 * 1024 * 1024;

export interface PackageFile {
  content: PackageContent;
  warnings: string[];
}

/** @throws Failure 'notFound' without the file, 'refused' with a line for every mistake. */
export async function readPackageFile(file: string, workingFolder: string): Promise<PackageFile> {
  return parsePackage(await readText(resolve(workingFolder, file)), file);
}

/** JSON is YAML, so one reader knows the lines of both. @throws Failure 'refused' */
export function parsePackage(text: string, file: string): PackageFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.map((error) => {
    const at = error.linePos?.[0];
    return `${file}:${at?.line ?? 1}:${at?.col ?? 1}: ${error.message.split('\n')[0] ?? ''}`;
  });
  if (broken.length > 0) throw wrong(file, 'is not valid YAML or JSON', broken);
  const at = (path: readonly (string | number)[]): string => `${file}:${lineOf(document, lines, path)}`;
  const read = packageContent.safeParse(withStepIds(valueOf(document, file)));
  if (!read.success)
    throw wrong(
      file,
      'is not a package',
      explainIssues(read.error.issues).map(
        ({ path, message }) => `${at(path)}: ${path.join('.') || 'package'}: ${message}`,
      ),
    );
  const { errors, warnings } = validatePackage(read.data);
  const line = ({ path, message }: { path: string; message: string }): string =>
    `${at(path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)))}: ${message}`;
  if (errors.length > 0) throw wrong(file, 'cannot work', errors.map(line));
  return { content: read.data, warnings: warnings.map(line) };
}

/** Aliases are limited, so that a small file cannot become a very large package. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    throw wrong(file, 'has too many aliases, or one to nothing', [String(error)]);
  }
}

/** A step that nothing branches to needs no id; it gets one from its position. */
function withStepIds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('steps' in value) || !Array.isArray(value.steps))
    return value;
  const taken = new Set(value.steps.map((step: unknown) => (hasId(step) ? step.id : undefined)));
  const steps = value.steps.map((step: unknown, index) => {
    if (typeof step !== 'object' || step === null || hasId(step)) return step;
    let id = `step-${index + 1}`;
    while (taken.has(id)) id += '-';
    return { id, type: 'command', ...step };
  });
  return {
    ...value,
    steps: steps.map((step: unknown) => (hasId(step) ? { type: 'command', ...step } : step)),
  };
}

const hasId = (step: unknown): step is { id: unknown } =>
  typeof step === 'object' && step !== null && 'id' in step && step.id !== undefined;

/** The line of what the path names, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) throw wrong(file, `is larger than ${fileBytesMax} bytes`, []);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = typeof error === 'object' && error && 'code' in error ? String(error.code) : 'unknown';
    throw new Failure(
      exitCodes.notFound,
      `cannot read ${file} (${code})`,
      'Check the name of the file.',
      [],
      error,
    );
  }
}

const wrong = (file: string, what: string, details: string[]): Failure =>
  new Failure(exitCodes.refused, `${file} ${what}`, 'An example: drover package example', details);

/** What `drover package example` prints; the check of the command line accepts it. */
export const examplePackage = `# A package: steps with branches. Create it with: drover package create FILE
name: Say hello
description: Writes a greeting and shows the name of the computer.
maximumDurationSeconds: 300
steps:
  - name: Greet
    # One or more Command Prompt lines, exactly as typed.
    command: |
      echo Hello from %COMPUTERNAME%
  - name: Check the system folder
    id: check
    command: if not exist %SystemRoot%\\System32 exit 5
    successCodes: [0, 3010]
    # next, stopSuccess, stopFailure, or step with the id of one.
    onSuccess: { go: stopSuccess }
    onFailure: { go: step, step: report }
  - name: Report
    id: report
    command: echo The system folder is missing & exit 1
`;
