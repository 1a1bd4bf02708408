/**
 * The rules of style that a machine can check. Run by `npm run check` and `npm test`; run it alone with
 * `npx tsx tools/tidy.ts` before a commit. It reads the files git knows and prints one line a finding.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import ts from 'typescript';

export interface Finding {
  file: string;
  line: number;
  message: string;
}

const fileLinesMax = 400;
const functionLinesMax = 70;
const bannedFolders = new Set(['utils', 'util', 'common', 'helpers', 'types', 'misc', 'shared']);

/** Numbers and vectors printed by a specification may be as long as the specification. */
const isExemptFromLength = (file: string): boolean => /\/(test\/vectors|test\/captures|status)\//.test(file);
const isTest = (file: string): boolean => /\.spec\.ts$|\/test\//.test(file);

const patterns: { pattern: RegExp; message: string; files: RegExp }[] = [
  {
    pattern: /\b(?:TODO|FIXME|HACK|XXX)\b|for now\b|not implemented\b/,
    message: 'unfinished work is not left in the code',
    files: /\.(ts|tsx|c|h|mjs)$/,
  },
  {
    pattern: /catch(?: \([^)]*\))? ?\{\s*\}|\.catch\(\(\) => (?:undefined|null|\{\})\)/,
    message: 'an error is swallowed',
    files: /\.(ts|tsx|mjs)$/,
  },
  { pattern: /\bMS-(?:[A-Z]{3,5}|SMB2)\b(?!\])/, message: 'cite as [MS-XXXX] section', files: /\.ts$/ },
  {
    pattern: /\[MS-[A-Z0-9]+\](?! \d|\. |,|$|`| \*|\)|:|;|\.$| and| says| calls| \|| defines| lists| names)/,
    message: 'a citation names its section: [MS-XXXX] 2.2.1',
    files: /^libs\/windows-remote\/src\/.*\.ts$/,
  },
  {
    pattern: /https?:\/\/(?:registry|deb|security|mirror)\.[a-z]/,
    message: 'a package registry is named',
    files: /./,
  },
  {
    pattern: /(?:^|[\s'"`=(])\/(?:work|root|home)\/[a-z]/,
    message: 'a path of one machine is named',
    files: /./,
  },
  {
    pattern: /\b(?:describe|it|test)\.(?:only|skip|todo)\b|\bx(?:it|describe)\(/,
    message: 'a test is skipped or focused',
    files: /\.spec\.ts$/,
  },
];

/** A line may say why it breaks a rule: `tidy: <reason>` in a comment on it. */
const isExcused = (line: string): boolean => /\/[/*] ?tidy: \S/.test(line);

export function checkText(file: string, text: string): Finding[] {
  const found: Finding[] = [];
  const lines = text.split('\n');
  const isCode = /\.(ts|tsx|c|h|mjs)$/.test(file);
  if (isCode && lines.length > fileLinesMax + 1 && !isExemptFromLength(file)) {
    found.push({
      file,
      line: fileLinesMax,
      message: `${lines.length - 1} lines; a file stops at ${fileLinesMax}`,
    });
  }
  const folder = dirname(file)
    .split('/')
    .find((part) => bannedFolders.has(part));
  if (folder && isCode) found.push({ file, line: 1, message: `folder "${folder}" names no business` });
  for (const [index, line] of lines.entries()) {
    if (isExcused(line) || file === 'tools/tidy.ts' || file === 'tools/tidy.spec.ts') continue;
    for (const { pattern, message, files } of patterns) {
      if (files.test(file) && pattern.test(line)) found.push({ file, line: index + 1, message });
    }
  }
  if (file.endsWith('.ts') && !isTest(file)) found.push(...longFunctions(file, text));
  return found;
}

function longFunctions(file: string, text: string): Finding[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const isBody = (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) as boolean;
    if (isBody) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const lines = source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
      if (lines > functionLinesMax) {
        found.push({
          file,
          line: first + 1,
          message: `a function of ${lines} lines; it stops at ${functionLinesMax}`,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Source files that nothing imports and no script starts. */
export function deadFiles(files: ReadonlyMap<string, string>): Finding[] {
  const imported = new Set<string>();
  for (const [file, text] of files) {
    for (const match of text.matchAll(/(?:from|import|require\()\s*\(?['"](\.[^'"]+)['"]/g)) {
      imported.add(normalize(join(dirname(file), match[1] ?? '')));
    }
  }
  const isEntry = (file: string): boolean =>
    /(^|\/)(index|main|protocol)\.ts$/.test(file) || isTest(file) || /^(tools|bench|test)\//.test(file);
  return [...files.keys()]
    .filter((file) => /^(libs|apps)\/.*\.ts$/.test(file) && !isEntry(file))
    .filter((file) => !imported.has(file.replace(/\.ts$/, '')))
    .map((file) => ({ file, line: 1, message: 'nothing imports this file' }));
}

function projectsWithoutReadme(files: string[]): Finding[] {
  return files
    .filter((file) => /^(libs|apps)\/[^/]+\/package\.json$/.test(file))
    .map((file) => join(dirname(file), 'README.md'))
    .filter((readme) => !existsSync(readme))
    .map((file) => ({ file, line: 1, message: 'every project says in a README what it is' }));
}

function main(): void {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => file !== '' && existsSync(file))
    .filter((file) => /\.(ts|tsx|c|h|mjs|json|md|ya?ml|py|sh)$|Dockerfile|Makefile/.test(basename(file)))
    .filter((file) => basename(file) !== 'package-lock.json');
  const texts = new Map(tracked.map((file) => [file, readFileSync(file, 'utf8')]));
  const found = [...texts].flatMap(([file, text]) => checkText(file, text));
  found.push(...deadFiles(texts), ...projectsWithoutReadme(tracked));
  for (const { file, line, message } of found) console.log(`${file}:${line} ${message}`);
  console.log(`tidy: ${texts.size} files, ${found.length} findings`);
  if (found.length > 0) process.exitCode = 1;
}

if (require.main === module) main();
