/**
 * One dispatch, from TCP connect to SchRpcRun, by the code that the dispatcher runs, beside impacket doing the same work
 * against the same simulated computer in the same run. Both go through a proxy that counts their round trips alike.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dispatchTo } from '@drover/dispatcher';
import { defaultSuccessCodes, packageDefaults, type PackageContent } from '@drover/domain';
import { droverFolder, namesOfAttempt, runnerFileName } from '@drover/remote-work';
import { WindowsCredential, WindowsHost } from '@drover/windows-remote';
import { startDelayProxy } from './delay-proxy';
import { report, type Figure } from './report';

const root = join(__dirname, '..');
const runnerFile = join(root, 'apps/runner/bin/runner-x64.exe');
const runnerData = readFileSync(runnerFile);
const runner = { data: runnerData, sha256: createHash('sha256').update(runnerData).digest('hex') };
const dispatchesMeasured = 100;
/** Enough for the compiler to be done: what is measured is the steady state of a worker. */
const warmUps = 1_000;
const dispatchesInFlight = 500;
const delayMs = 20;

interface Computer {
  name: string;
  address: string;
  port: number;
  username: string;
}

interface Cost {
  roundTrips: number;
  wallMs: number;
  cpuMs: number;
}

const content: PackageContent = {
  ...packageDefaults,
  name: 'bench',
  maximumDurationSeconds: 60,
  runMode: 'system',
  steps: [
    {
      id: 'a',
      name: 'a',
      type: 'command',
      command: 'exit 0',
      successCodes: [...defaultSuccessCodes],
      onSuccess: { go: 'next' },
      onFailure: { go: 'stopFailure' },
    },
  ],
};

export async function benchDispatch(): Promise<void> {
  const password = randomBytes(12).toString('base64url');
  const fleet = await startFleet(dispatchesInFlight, password);
  try {
    const figures = await measure(fleet.computers, password);
    report('dispatch', figures, { impacket: impacketVersion() });
  } finally {
    fleet.child.stdin?.end();
  }
}

async function measure(computers: Computer[], password: string): Promise<Figure[]> {
  const [computer] = computers as [Computer, ...Computer[]];
  const credential = new WindowsCredential({ username: computer.username, password });
  const figures: Figure[] = [];
  for (let i = 0; i < warmUps; i += 1)
    await dispatchOnce(computer, computer.port, computer.address, credential);
  for (const isFirst of [false, true]) {
    const label = isFirst ? 'first push' : 'runner present';
    const near = await ours(computer, credential, 0, isFirst);
    const far = await ours(computer, credential, delayMs, isFirst);
    const peerNear = await theirs(computer, password, 0, isFirst);
    const peerFar = await theirs(computer, password, delayMs, isFirst);
    const peer = (value: number | undefined): Pick<Figure, 'peer'> =>
      value === undefined ? {} : { peer: { name: 'impacket', value } };
    figures.push(
      {
        name: `round trips, ${label}`,
        value: near.roundTrips,
        unit: '',
        aim: isFirst ? 17 : 12,
        better: 'lower',
        ...peer(peerNear?.roundTrips),
      },
      {
        name: `CPU, ${label}`,
        value: near.cpuMs,
        unit: 'ms',
        aim: 4,
        better: 'lower',
        ...peer(peerNear?.cpuMs),
      },
      {
        name: `wall, loopback, ${label}`,
        value: near.wallMs,
        unit: 'ms',
        better: 'lower',
        ...peer(peerNear?.wallMs),
      },
      {
        name: `wall, ${delayMs} ms away, ${label}`,
        value: far.wallMs,
        unit: 'ms',
        better: 'lower',
        ...peer(peerFar?.wallMs),
      },
    );
  }
  return [...figures, ...(await inFlight(computers, credential))];
}

/** @param viaPort and viaAddress lead to the computer, perhaps through a proxy. */
async function dispatchOnce(
  computer: Computer,
  viaPort: number,
  viaAddress: string,
  credential: WindowsCredential,
): Promise<void> {
  const host = await WindowsHost.connect(
    { address: viaAddress, port: viaPort, name: computer.name },
    credential,
  );
  const outcome = await dispatchTo(host, { names: namesOfAttempt(randomUUID(), 1), content, runner }, () =>
    Promise.resolve({ granted: true }),
  );
  void host.close();
  if (outcome.kind !== 'started') throw new Error(`a dispatch was ${outcome.kind}`);
}

async function ours(
  computer: Computer,
  credential: WindowsCredential,
  roundTripMs: number,
  isFirst: boolean,
): Promise<Cost> {
  const proxy = await startDelayProxy({ host: computer.address, port: computer.port }, roundTripMs);
  let cpuUs = 0;
  let wallMs = 0;
  let roundTrips = 0;
  for (let i = 0; i < dispatchesMeasured; i += 1) {
    if (isFirst) await forgetRunner(computer, credential);
    const before = await proxy.roundTrips();
    const cpu = process.cpuUsage();
    const began = performance.now();
    await dispatchOnce(computer, proxy.port, '127.0.0.1', credential);
    wallMs += performance.now() - began;
    const used = process.cpuUsage(cpu);
    cpuUs += used.user + used.system;
    roundTrips += (await proxy.roundTrips()) - before;
  }
  proxy.close();
  const n = dispatchesMeasured;
  return { roundTrips: roundTrips / n, wallMs: wallMs / n, cpuMs: cpuUs / 1000 / n };
}

async function forgetRunner(computer: Computer, credential: WindowsCredential): Promise<void> {
  const host = await WindowsHost.connect(
    { address: computer.address, port: computer.port, name: computer.name },
    credential,
  );
  await host.files.delete(`${droverFolder}\\${runnerFileName(runner.sha256)}`);
  await host.close();
}

const peerScript = join(root, 'bench/peers/impacket_dispatch.py');
const python = '/usr/bin/python3';

/** impacket's cost per dispatch, or undefined where it is not installed. */
async function theirs(
  computer: Computer,
  password: string,
  roundTripMs: number,
  isFirst: boolean,
): Promise<Cost | undefined> {
  if (impacketVersion() === 'absent') return undefined;
  const proxy = await startDelayProxy({ host: computer.address, port: computer.port }, roundTripMs);
  const count = roundTripMs > 0 ? 10 : dispatchesMeasured;
  const child = spawn(
    python,
    [
      peerScript,
      '127.0.0.1',
      String(proxy.port),
      computer.username,
      String(count),
      runnerFile,
      isFirst ? 'first' : 'present',
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  child.stdin.end(`${password}\n`);
  let roundTripsBefore = 0;
  let line = '';
  for await (const text of createInterface({ input: child.stdout })) {
    if (text === 'prepared') roundTripsBefore = await proxy.roundTrips();
    else line = text;
  }
  const cost = JSON.parse(line) as { wallMs: number; cpuMs: number };
  const roundTrips = ((await proxy.roundTrips()) - roundTripsBefore) / count;
  proxy.close();
  return { ...cost, roundTrips };
}

function impacketVersion(): string {
  if (!existsSync(python)) return 'absent';
  const said = spawnSync(python, ['-c', 'import importlib.metadata as m; print(m.version("impacket"))'], {
    encoding: 'utf8',
  });
  return said.status === 0 ? said.stdout.trim() : 'absent';
}

/** Many dispatches at once from one process, each to a computer of its own: rate, and memory while they are all open. */
async function inFlight(computers: Computer[], credential: WindowsCredential): Promise<Figure[]> {
  for (const computer of computers.slice(0, 50))
    await dispatchOnce(computer, computer.port, computer.address, credential);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  const began = performance.now();
  await Promise.all(
    computers.map((computer) => dispatchOnce(computer, computer.port, computer.address, credential)),
  );
  const seconds = (performance.now() - began) / 1000;
  clearInterval(watch);
  return [
    {
      name: `dispatches per second, ${computers.length} at once, one process`,
      value: computers.length / seconds,
      unit: '/s',
      better: 'higher',
    },
    {
      name: 'memory per dispatch in flight',
      value: (peak - before) / 1024 / computers.length,
      unit: 'KiB',
      better: 'lower',
    },
  ];
}

async function startFleet(
  count: number,
  password: string,
): Promise<{ computers: Computer[]; child: ChildProcess }> {
  const child = spawn(
    join(root, 'node_modules/.bin/tsx'),
    [join(root, 'bench/fleet-process.ts'), String(count), '127.19.1', password],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: root,
    },
  );
  for await (const line of createInterface({ input: child.stdout }))
    return { computers: JSON.parse(line) as Computer[], child };
  throw new Error('the simulated fleet did not start');
}
