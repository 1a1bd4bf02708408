import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@drover/cli';
import { waitFor } from '@drover/testing';
import { startEdge, type Edge } from './edge';
import { RecordingTerminal } from './recording-terminal';

let edge: Edge;
let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  edge = await startEdge();
  folder = await mkdtemp(join(tmpdir(), 'drover-cli-'));
  environment = { DROVER_SERVER: edge.url, DROVER_CONFIG: join(folder, 'config') };
}, 60_000);
afterAll(async () => {
  await edge.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  exitCode: number;
  output: string;
  errors: string;
}

async function drover(words: string[], input = '', env = environment): Promise<Ran> {
  const terminal = new RecordingTerminal(env);
  terminal.input = input;
  const exitCode = await run(words, terminal);
  return { exitCode, output: terminal.output, errors: terminal.errors };
}

/** The same as a process of its own; `isInteractive` gives it a pseudo-terminal. */
function droverProcess(words: string[], isInteractive = false): Promise<Ran> {
  const root = join(__dirname, '../..');
  const program = [process.execPath, '--import', 'tsx', join(root, 'apps/cli/src/main.ts'), ...words];
  const quoted = program.map((word) => `'${word}'`).join(' ');
  const [command = '', ...args] = isInteractive ? ['script', '-qec', quoted, '/dev/null'] : program;
  const env = {
    PATH: process.env['PATH'] ?? '',
    TERM: 'xterm',
    TSX_TSCONFIG_PATH: join(root, 'tsconfig.base.json'),
  };
  const child = spawn(command, args, {
    cwd: root,
    env: { ...env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (bytes) => (output += String(bytes)));
  child.stderr.on('data', (bytes) => (errors += String(bytes)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, output, errors }));
  });
}

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

/** Plays a deployment to its end as soon as it exists: PC-1 succeeds, PC-2 as told. */
async function playNext(ending: 'succeeded' | 'failed'): Promise<void> {
  const before = edge.ledger.deployments.size;
  const id = await waitFor(() => [...edge.ledger.deployments.keys()][before], 20_000);
  const targets = edge.ledger.of(id ?? '');
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1;
    await edge.ledger.move(target, 'running');
    await edge.ledger.step(
      target,
      'Greet',
      `hello from ${target.assetName}\r\n`,
      isLast && ending === 'failed' ? 5 : 0,
    );
    await edge.ledger.move(target, isLast ? ending : 'succeeded');
  }
  await edge.ledger.finish(id ?? '');
}

describe('signing in', () => {
  it('is asked for, with the command that does it', async () => {
    expect(await drover(['asset', 'list'])).toMatchObject({
      exitCode: 4,
      errors: `drover: not signed in to ${edge.url}\nSign in: drover login\n`,
    });
  });

  it('tells a wrong password from a server that is away', async () => {
    expect((await drover(['login', '--password-stdin'], 'wrong\n')).exitCode).toBe(4);
    const away = await drover(['login', '--password-stdin', '--server', 'http://127.18.1.1:9'], 'x\n');
    expect(away).toMatchObject({ exitCode: 3, errors: expect.stringContaining('npm start') });
  });

  it('keeps the token in a file that only its owner can read', async () => {
    const { exitCode, output } = await drover(['login', '--password-stdin'], `${edge.firstPassword}\n`);
    expect([exitCode, output]).toEqual([0, expect.stringContaining('as admin')]);
    const { mode } = await stat(join(folder, 'config', 'tokens.json'));
    expect(mode & 0o777).toBe(0o600);
    expect((await drover(['asset', 'list'])).exitCode).toBe(0);
  });

  it('takes a token from the environment', async () => {
    const { DROVER_SERVER } = environment;
    const elsewhere = { DROVER_SERVER: DROVER_SERVER ?? '', DROVER_CONFIG: join(folder, 'none') };
    expect(
      (await drover(['asset', 'list'], '', { ...elsewhere, DROVER_TOKEN: edge.token ?? '' })).exitCode,
    ).toBe(0);
    expect((await drover(['asset', 'list'], '', { ...elsewhere, DROVER_TOKEN: 'x' })).exitCode).toBe(4);
  });

  it('is done by itself for the Drover that runs here', async () => {
    const here = join(folder, 'here');
    const port = Number(new URL(edge.url).port);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(here, '.drover'), { recursive: true });
    await writeFile(join(here, '.drover', 'ports.json'), JSON.stringify({ gateway: port }));
    await writeFile(join(here, '.drover', 'first-password'), `${edge.firstPassword}\n`);
    const terminal = new RecordingTerminal({ DROVER_CONFIG: join(folder, 'fresh') });
    terminal.workingFolder = join(here, 'below', 'it');
    expect(await run(['settings', 'show', '--json'], terminal)).toBe(0);
    expect(JSON.parse(terminal.output)).toMatchObject({ runningMaximum: 500 });
  });
});

describe('assets, credentials and packages', () => {
  it('are added, listed and removed', async () => {
    for (const name of ['PC-1', 'PC-2', 'PC-3'])
      expect((await drover(['asset', 'add', name, '--address', '192.0.2.1'])).output).toBe(
        `Added ${name}.\n`,
      );
    expect(await drover(['asset', 'add', 'pc-1'])).toMatchObject({ exitCode: 7 });
    expect(await drover(['asset', 'rm', 'pc-3'])).toMatchObject({ exitCode: 0, output: 'Removed PC-3.\n' });
    expect(await drover(['asset', 'rm', 'pc-3'])).toMatchObject({ exitCode: 6 });
    const { output } = await drover(['asset', 'list']);
    expect(output).toMatch(
      /^NAME +ADDRESS +PORT +DOMAIN\nPC-1 +192\.0\.2\.1 +445\nPC-2 .*\n2 of 2 computers\n$/,
    );
    expect(JSON.parse((await drover(['asset', 'list', '--json'])).output).total).toBe(2);
    expect(await drover(['asset', 'add', 'PC-9', '--port', '99999'])).toMatchObject({
      exitCode: 5,
      errors: expect.stringContaining('  port: '),
    });
  });

  it('never show a password', async () => {
    const added = await drover(
      ['credential', 'add', 'Fleet', '--username', 'EX\\deploy', '--password-stdin'],
      's3cret-x\n',
    );
    expect(added).toMatchObject({ exitCode: 0, output: 'Stored Fleet (EX\\deploy).\n' });
    expect((await drover(['credential', 'password', 'fleet', '--password-stdin'], 'other')).output).toContain(
      'version 2',
    );
    expect((await drover(['credential', 'release', 'fleet'])).output).toBe('Fleet is unproven.\n');
    const { output } = await drover(['credential', 'list', '--json']);
    expect(output).not.toContain('s3cret-x');
    expect(
      (await drover(['credential', 'add', 'x', '--username', 'y', '--password-stdin'], '')).exitCode,
    ).toBe(2);
  });

  it('are read from files, with the line of each mistake', async () => {
    const { output } = await drover(['package', 'example']);
    const good = await file('hello.yaml', output);
    expect(await drover(['package', 'create', good])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('version 1'),
    });
    expect(await drover(['package', 'create', good])).toMatchObject({ exitCode: 7 });
    expect((await drover(['package', 'update', good])).output).toContain('version 2');
    expect(await drover(['package', 'update', good, '--version-edited', '1'])).toMatchObject({ exitCode: 7 });
    expect((await drover(['package', 'show', 'say hello'])).output).toContain(
      'echo Hello from %COMPUTERNAME%',
    );
    expect((await drover(['package', 'list'])).output).toMatch(/Say hello +2 +3/);
    const bad = await file(
      'bad.yaml',
      'name: Bad\nsteps:\n  - name: One\n    command: ver\n    onSuccess: { go: step, step: gone }\n',
    );
    expect(await drover(['package', 'create', bad])).toMatchObject({
      exitCode: 5,
      errors: expect.stringContaining('bad.yaml:5: '),
    });
    expect(await drover(['package', 'validate', join(folder, 'absent')])).toMatchObject({ exitCode: 6 });
    expect(await drover(['package', 'show', 'Nothing'])).toMatchObject({ exitCode: 6 });
  });

  it('packages are compared, edited by step, copied, disabled and archived', async () => {
    const run = (...words: string[]) => drover(['package', ...words]);
    expect((await run('compare', 'Say hello', '--from', '1')).output).toContain('0 changes');
    const refused = await run('step', 'delete', 'Say hello', 'report');
    expect(refused).toMatchObject({
      exitCode: 5,
      errors: expect.stringContaining('Check the system folder'),
    });
    expect(
      (await run('step', 'delete', 'Say hello', 'report', '--repoint-to', 'stopFailure')).output,
    ).toContain('version 3');
    expect((await run('step', 'duplicate', 'Say hello', 'check')).output).toContain('version 4');
    expect((await run('step', 'move', 'Say hello', 'check-2', '1')).output).toContain('version 5');
    const compared = await run('compare', 'Say hello', '--from', '2');
    expect(compared.output).toContain('step “Report” (report), number 3, was removed');
    expect(compared.output).toContain(
      'step “Check the system folder (copy)” (check-2) was added as number 1',
    );
    expect((await run('duplicate', 'Say hello', 'Another')).output).toContain('Created “Another”');
    expect((await run('disable', 'Another')).output).toContain('“Another” is disabled');
    expect((await run('list')).output).toMatch(/Another .*disabled/);
    await run('archive', 'Another');
    expect((await run('list')).output).not.toContain('Another');
    expect((await run('list', '--archived')).output).toMatch(/Another .*archived/);
    expect((await run('restore', 'Another')).exitCode).toBe(0);
    expect((await run('enable', 'Another')).exitCode).toBe(0);
    expect((await run('labels')).output).toContain('No package has a label');
    expect(JSON.parse((await run('schema')).output)).toMatchObject({ title: 'Package' });
  });

  it('settings change at once', async () => {
    expect((await drover(['settings', 'set', 'threads', '4'])).output).toMatch(/threads +4/);
    expect((await drover(['settings', 'set', 'speed', '4'])).exitCode).toBe(2);
  });
});

describe('a deployment', () => {
  it('is followed as lines in a pipe, and ends with 0 when every target has succeeded', async () => {
    const [ran] = await Promise.all([
      droverProcess(['deploy', 'Say hello', 'PC-1', 'pc-2', '--follow']),
      playNext('succeeded'),
    ]);
    expect(ran).toMatchObject({ exitCode: 0, errors: '' });
    expect(ran.output).toMatch(/^Deployment [0-9a-f-]{36}: “Say hello” version 1 on 2 computers\.\n/);
    expect(ran.output).toMatch(/\d\d:\d\d:\d\d PC-1 \| hello from PC-1\n/);
    expect(ran.output).toMatch(/PC-2 step 1 “Greet” succeeded with exit code 0\n/);
    expect(ran.output).toContain('\nSucceeded on 2 computers.\n');
    expect(ran.output).not.toContain('\u001b');
  }, 40_000);

  it('is a table drawn in place in a terminal, and ends with 1 when a target has failed', async () => {
    const [ran] = await Promise.all([
      droverProcess(['deploy', 'Say hello', '--all'], true),
      playNext('failed'),
    ]);
    expect(ran.exitCode).toBe(1);
    expect(ran.output).toContain('\u001b[');
    expect(ran.output).toMatch(/COMPUTER +STATUS +STEP/);
    expect(ran.output).toMatch(/PC-2 +failed +Greet \(exit code 5\)/);
    expect(ran.output).toContain('1 of 2 computers did not succeed');
    expect(ran.output).toMatch(/drover target show [0-9a-f-]{36}\/PC-2/);
  }, 40_000);

  it('is one JSON object a line for programs', async () => {
    const [ran] = await Promise.all([
      drover(['deploy', 'Say hello', '--all', '--json']),
      playNext('succeeded'),
    ]);
    const events = ran.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(ran.exitCode).toBe(0);
    expect(events[0]?.event).toBe('snapshot');
    expect(events.at(-1)?.event).toBe('finished');
    expect(events.filter(({ event }) => event === 'step')).toHaveLength(4);
  }, 40_000);

  it('goes on when Ctrl-C ends the following', async () => {
    const terminal = new RecordingTerminal(environment, true);
    const done = run(['deploy', 'Say hello', 'PC-1'], terminal);
    await waitFor(() => (terminal.drawn.length > 0 ? true : undefined), 10_000);
    terminal.pressCtrlC();
    expect(await done).toBe(130);
    expect(terminal.errors).toContain('drover deployment follow');
  }, 20_000);

  it('is followed over a restart of the gateway, and nothing is missed or told twice', async () => {
    const terminal = new RecordingTerminal(environment);
    const done = run(['deploy', 'Say hello', 'PC-1', '--json'], terminal);
    const told = () => terminal.output.split('\n').filter((line) => line.startsWith('{"event":"target"'));
    const before = edge.ledger.deployments.size;
    const id = (await waitFor(() => [...edge.ledger.deployments.keys()][before], 10_000)) ?? '';
    const target = edge.ledger.of(id)[0];
    if (!target) throw new Error('no target');
    await edge.ledger.move(target, 'running');
    await waitFor(() => (told().length > 0 ? true : undefined), 10_000);
    const restarted = edge.restartGateway();
    await edge.ledger.move(target, 'closing');
    await edge.ledger.move(target, 'succeeded');
    await edge.ledger.finish(id);
    await restarted;
    expect(await done).toBe(0);
    expect(terminal.errors).toContain('trying again');
    const statuses = told().map((line) => (JSON.parse(line) as { data: { status: string } }).data.status);
    expect(statuses).toEqual(['running', 'closing', 'succeeded']);
  }, 30_000);

  it('is accepted and left alone with --no-follow, shown, and cancelled', async () => {
    const accepted = await drover(['deploy', 'Say hello', 'PC-1', '--no-follow', '--json']);
    const { id } = JSON.parse(accepted.output) as { id: string };
    expect(accepted.exitCode).toBe(0);
    expect((await drover(['deployment', 'list'])).output).toContain(id);
    expect((await drover(['deployment', 'show', 'latest'])).output).toMatch(/PC-1 +waiting/);
    expect((await drover(['deployment', 'cancel', id])).output).toContain('Cancelling');
    expect((await drover(['deployment', 'show', 'newest'])).exitCode).toBe(2);
  });

  it('shows a target with its steps and their output', async () => {
    const ids = [...edge.ledger.deployments.keys()];
    const { output } = await drover(['target', 'show', `${ids[1]}/pc-2`]);
    expect(output).toMatch(/^PC-2: failed\n/);
    expect(output).toMatch(/step 1 “Greet” failed, exit code 5/);
    expect(output).toContain('      | hello from PC-2\n');
    expect((await drover(['target', 'show', `${ids[1]}/ghost`])).exitCode).toBe(6);
    expect((await drover(['target', 'show', 'ghost'])).exitCode).toBe(2);
  });

  it('values of variables are sent with a deployment', async () => {
    await drover(['deploy', 'Say hello', 'PC-1', '--no-follow', '--set', 'Site=a=b', '--set', 'Town=x']);
    expect(edge.ledger.asked.at(-1)?.variables).toEqual({ Site: 'a=b', Town: 'x' });
    expect(await drover(['deploy', 'Say hello', 'PC-1', '--set', 'Site'])).toMatchObject({ exitCode: 2 });
  });

  it.each([
    [['deploy', 'Say hello'], 2],
    [['deploy', 'Say hello', 'PC-1', '--all'], 2],
    [['deploy', 'Nothing', 'PC-1'], 6],
    [['deploy', 'Say hello', 'ghost'], 5],
    [['deploy', 'Say hello', 'PC-1', '--retry-for', 'long'], 2],
    [['frobnicate'], 2],
    [['help', 'exit-codes'], 0],
    [['help', 'package', 'create'], 0],
    [['deploy', '--help'], 0],
  ])('drover %j ends with %i', async (words, exitCode) => {
    const ran = await drover(words);
    expect([ran.exitCode, ran.errors]).toEqual([exitCode, exitCode === 0 ? '' : expect.stringMatching(/./)]);
  });
});
