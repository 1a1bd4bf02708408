/**
 * What the npm scripts run first, in plain Node without dependencies: checks the version of Node, installs the
 * dependencies when they are missing or the lock file has changed, builds what has changed, and then does what was asked.
 *
 *   node tools/bootstrap.mjs start|test|check|bench|drover [arguments]
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stillEveryMs = 10_000;
const installedMark = join(root, 'node_modules', '.drover-lock');

const commands = {
  start: { build: true, run: ['node', 'apps/standalone/dist/main.js'] },
  test: { build: true, run: ['node_modules/.bin/tsx', 'tools/test.ts'] },
  check: { build: false, run: ['node_modules/.bin/tsx', 'tools/test.ts', '--fast'] },
  bench: { build: true, run: ['node_modules/.bin/tsx', 'bench/main.ts'] },
  drover: { build: true, quiet: true, run: ['node', 'apps/cli/dist/main.js'] },
};

function fail(message) {
  console.error(`drover: ${message}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!fits)
    fail(`this is Node ${process.versions.node}; install Node 20.19 or later in line 20, or 22.12 or later`);
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Runs a command to its end and says each few seconds that it still runs; its output is shown only when it fails. */
async function step(what, command, args, isQuiet) {
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  if (!isQuiet) process.stderr.write(`${what} …\n`);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part));
  const still = setInterval(() => process.stderr.write(`  still at it: ${seconds()} s\n`), stillEveryMs);
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit ${code}`)));
  });
  clearInterval(still);
  if (failure !== undefined) {
    process.stderr.write(Buffer.concat(said));
    fail(`${what} failed (${failure})`);
  }
  if (!isQuiet) process.stderr.write(`${what}: ${seconds()} s\n`);
}

async function install() {
  const wanted = lockHash();
  if (existsSync(installedMark) && readFileSync(installedMark, 'utf8') === wanted) return;
  await step(
    'installing dependencies (about a minute the first time)',
    'npm',
    ['ci', '--no-audit', '--no-fund'],
    false,
  );
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(installedMark, wanted);
}

async function main() {
  checkNode();
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) fail(`there is no command "${name}"; one of: ${Object.keys(commands).join(', ')}`);
  await install();
  if (command.build)
    await step(
      'building what has changed',
      'node_modules/.bin/nx',
      ['run-many', '-t', 'build', '--output-style=static'],
      Boolean(command.quiet),
    );
  const [program, ...first] = command.run;
  const child = spawn(
    program === 'node' ? process.execPath : join(root, program),
    [...first.map((f) => (f.includes('/') ? join(root, f) : f)), ...args],
    {
      cwd: name === 'drover' ? (process.env.INIT_CWD ?? process.cwd()) : root,
      stdio: 'inherit',
      env: {
        ...process.env,
        ...(name === 'start' && { NODE_ENV: process.env.NODE_ENV ?? 'production' }),
        DROVER_HOME: root,
      },
    },
  );
  // Ctrl-C reaches the child from the terminal; it ends first, and this process ends as it did.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

await main();
