/**
 * What `npm test` runs after the bootstrap has installed and built: peers, static checks, then the three Jest
 * suites. `--fast` stops after the static half (`npm run check`). Ends with `N passed, N failed` alone on a line.
 *
 * With CI=true a skipped test is a failure, unless an exception below names it and its condition holds.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installPeers } from './peers';

const root = join(__dirname, '..');
const reports = join(root, '.drover', 'test', 'reports');
const isCi = process.env['CI'] === 'true';
/** A suite that hangs is ended, and has failed. */
const suiteLimitMs = 12 * 60_000;

interface Outcome {
  name: string;
  passed: number;
  failed: number;
  skipped: string[];
  seconds: number;
}

/** The only skips that CI accepts: what the skipped test's name says, and when that is an excuse. */
const exceptions: { what: string; test: RegExp; holds: () => boolean }[] = [
  { what: '../shared is absent', test: /\.\.\/shared/, holds: () => !existsSync(join(root, '..', 'shared')) },
  {
    what: 'a 32-bit Wine does not install here',
    test: /32-bit Wine/,
    holds: () => !existsSync('/usr/lib/i386-linux-gnu/wine'),
  },
  { what: 'the compiler check is for Debian 12', test: /on Debian 12/, holds: () => !isDebian12() },
];

function isDebian12(): boolean {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(release) && /^VERSION_ID="12"$/m.test(release);
}

function run(
  command: string,
  args: string[],
  quietUnlessFailed: boolean,
): Promise<{ code: number; seconds: number }> {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' },
      stdio: quietUnlessFailed ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), suiteLimitMs);
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(limit);
      if (code !== 0 && quietUnlessFailed) process.stdout.write(Buffer.concat(output));
      resolve({ code: code ?? 1, seconds: (Date.now() - began) / 1000 });
    });
  });
}

async function check(name: string, command: string, args: string[]): Promise<Outcome> {
  const { code, seconds } = await run(command, args, true);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
  return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], seconds };
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  testResults: { name: string; message: string; assertionResults: { fullName: string; status: string }[] }[];
}

async function suite(name: string, extra: string[]): Promise<Outcome> {
  const file = join(reports, `${name}.json`);
  rmSync(file, { force: true });
  const { seconds, code } = await run(
    'npx',
    ['jest', '--selectProjects', name, '--json', `--outputFile=${file}`, '--silent', ...extra],
    true,
  );
  if (!existsSync(file)) return { name, passed: 0, failed: 1, skipped: [], seconds };
  const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  const suitesThatDidNotRun = report.testResults.filter((r) => r.assertionResults.length === 0).length;
  const all = report.testResults.flatMap((r) => r.assertionResults);
  const skipped = all
    .filter((a) => a.status === 'pending' || a.status === 'todo' || a.status === 'skipped')
    .map((a) => a.fullName);
  const failed = report.numFailedTests + suitesThatDidNotRun;
  const unexplained = code !== 0 && failed === 0 ? 1 : 0;
  console.log(
    `${failed + unexplained === 0 ? 'ok  ' : 'FAIL'} ${name}: ${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped (${seconds.toFixed(1)} s)`,
  );
  return { name, passed: report.numPassedTests, failed: failed + unexplained, skipped, seconds };
}

/** Says every skip with its reason; in CI a skip without an exception that holds is a failure. */
function judgeSkips(outcomes: Outcome[]): number {
  let unexcused = 0;
  for (const name of outcomes.flatMap((o) => o.skipped)) {
    const exception = exceptions.find((e) => e.test.test(name) && e.holds());
    if (!exception) unexcused += 1;
    console.log(`skipped: ${name} (${exception ? exception.what : 'no exception names it'})`);
  }
  if (unexcused > 0 && isCi) console.log(`CI=true: ${unexcused} skipped tests count as failures`);
  return isCi ? unexcused : 0;
}

async function staticChecks(): Promise<Outcome[]> {
  const checks: [string, string, string[]][] = [
    ['types', 'npx', ['tsc', '-p', 'tsconfig.json', '--noEmit']],
    ['lint and import arrows', 'npm', ['run', '--silent', 'lint']],
    ['format', 'npx', ['prettier', '--check', '.', '--log-level', 'warn']],
    ['tidy', 'npx', ['tsx', 'tools/tidy.ts']],
  ];
  const outcomes: Outcome[] = [];
  for (const [name, command, args] of checks) outcomes.push(await check(name, command, args));
  return outcomes;
}

async function main(): Promise<void> {
  const isFast = process.argv.includes('--fast');
  mkdirSync(reports, { recursive: true });
  const began = Date.now();
  const outcomes: Outcome[] = [];
  if (!isFast) {
    for (const { peer, reason } of installPeers((line) => console.log(line))) {
      console.log(`not here: ${peer.name} (for ${peer.for}): ${reason}`);
    }
  }
  outcomes.push(...(await staticChecks()));
  if (isFast) outcomes.push(await suite('unit', ['--testPathPatterns', 'docs|document|diagram']));
  else {
    outcomes.push(await suite('unit', []));
    outcomes.push(await suite('integration', ['--maxWorkers=2']));
    outcomes.push(await suite('e2e', ['--runInBand']));
  }
  const unexcused = judgeSkips(outcomes);
  const sum = (pick: (o: Outcome) => number): number => outcomes.reduce((total, o) => total + pick(o), 0);
  const failed = sum((o) => o.failed) + unexcused;
  console.log(`${((Date.now() - began) / 1000).toFixed(0)} s in all`);
  console.log(`${sum((o) => o.passed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
