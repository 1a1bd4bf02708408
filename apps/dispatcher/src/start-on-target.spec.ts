import { FakeClock, FakeComputer, FakeCredentials, FakeLedger } from '@drover/testing';
import { namesOfAttempt } from '@drover/remote-work';
import { RemoteError } from '@drover/windows-remote';
import { decodePlan } from '@drover/domain';
import type { DispatcherPorts } from './ports';
import { startOnTarget } from './start-on-target';

const runner = { data: Buffer.from('MZ this is the runner'), sha256: 'ab'.repeat(32) };
const runnerPath = 'windows\\drover\\runner-abababababababab.exe';

const setUp = () => {
  const ledger = new FakeLedger('ready');
  const computer = new FakeComputer();
  const credentials = new FakeCredentials();
  const clock = new FakeClock();
  const notes: string[] = [];
  const ports: DispatcherPorts = {
    ledger,
    credentials,
    clock,
    runner,
    names: { ipv4Of: async () => Promise.resolve({ kind: 'unknownName' }) },
    hosts: { connect: async (_address, _account, options) => computer.connect(options) },
    log: { note: (message) => void notes.push(message) },
  };
  const abort = new AbortController();
  const start = (job = ledger.job) => startOnTarget(ports, job, abort.signal);
  const names = namesOfAttempt(ledger.targetId, 1);
  return { ledger, computer, credentials, clock, notes, ports, abort, start, names };
};

const failing = (operation: string, reason: RemoteError['reason'], kind: RemoteError['kind'] = 'refused') => {
  return (arrived: string): void => {
    if (arrived.startsWith(operation)) throw new RemoteError(kind, reason, `could not do ${operation}`);
  };
};

describe('startOnTarget', () => {
  it('starts the attempt: runner, plan and inert task before the grant, the run after it', async () => {
    const { ledger, computer, start, names } = setUp();
    expect(await start()).toEqual({ kind: 'done' });
    expect(ledger.status).toBe('running');
    expect(ledger.lastFact).toMatchObject({
      fact: 'started',
      attempt: 1,
      startedAt: computer.now.toISOString(),
    });
    expect(computer.begun).toEqual([names.name]);
    expect(computer.files.get(runnerPath)).toEqual(runner.data);
    const plan = computer.keys.get(names.keyPath.toLowerCase())?.get('plan');
    expect(plan?.type === 'binary' && decodePlan(plan.data).steps[0]).toMatchObject({
      command: 'echo hello',
    });
    expect(computer.operations.at(-1)).toBe(`tasks.run ${names.taskPath} begin begin`);
    expect(computer.openConnections).toBe(0);
  });

  it('does not push a runner that is there', async () => {
    const { computer, start } = setUp();
    computer.directories.add('windows\\drover');
    computer.files.set(runnerPath, runner.data);
    await start();
    expect(computer.operations.filter((o) => /files\.(write|rename|makeDirectory)/.test(o))).toEqual([]);
  });

  it('pushes a runner whose size is wrong', async () => {
    const { computer, start } = setUp();
    computer.directories.add('windows\\drover');
    computer.files.set(runnerPath, Buffer.from('MZ'));
    await start();
    expect(computer.files.get(runnerPath)).toEqual(runner.data);
  });

  it('starts Remote Registry when its pipe is missing', async () => {
    const { ledger, computer, start } = setUp();
    computer.services.set('RemoteRegistry', { state: 'stopped', startType: 'manual' });
    await start();
    expect(ledger.status).toBe('running');
  });

  it('runs nothing without a grant, and keeps what it prepared while the running limit is reached', async () => {
    const { ledger, computer, start } = setUp();
    ledger.refuseBecause = 'the running limit is reached';
    expect(await start()).toMatchObject({ kind: 'again' });
    expect(computer.begun).toEqual([]);
    ledger.refuseBecause = undefined;
    await start();
    expect(ledger.status).toBe('running');
    expect(computer.begun).toHaveLength(1);
  });

  it('takes away what it prepared when the target was cancelled meanwhile', async () => {
    const { ledger, computer, start } = setUp();
    computer.before = (operation) =>
      void (operation.startsWith('tasks.register') && ledger.fold('cancelRequested'));
    expect(await start()).toEqual({ kind: 'done' });
    expect(computer.begun).toEqual([]);
    expect(computer.leftovers()).toEqual([]);
  });

  it.each([
    ['connect', 'timeout', 'unreachable', 'sleeping'],
    ['tasks.register', 'connectionLost', 'unreachable', 'sleeping'],
    ['connect', 'accountLocked', 'denied', 'logonRefused'],
    ['files.stat', 'accessDenied', 'denied', 'requirementsNotMet'],
    ['files.write', 'diskFull', 'refused', 'requirementsNotMet'],
    ['files.write', 'malwareFound', 'refused', 'requirementsNotMet'],
  ] as const)(
    '%s failing with %s/%s before the grant leads to %s',
    async (operation, reason, kind, status) => {
      const { ledger, computer, start } = setUp();
      computer.before = failing(operation, reason, kind);
      await start();
      expect(ledger.status).toBe(status);
      expect(ledger.grants).toBe(0);
      expect(ledger.lastFact?.cause).toMatchObject({ reason, remedy: expect.any(String) });
      if (status === 'requirementsNotMet') {
        expect(computer.leftovers()).toEqual([]);
        expect(ledger.lastFact?.verdicts).toHaveLength(1);
      }
    },
  );

  it('says that the antivirus removed the runner, and does not push it again', async () => {
    const { ledger, computer, start } = setUp();
    const isCopied = (operation: string): boolean => operation.startsWith('files.rename');
    computer.before = () => void (computer.operations.some(isCopied) && computer.files.delete(runnerPath));
    await start();
    expect(ledger.status).toBe('requirementsNotMet');
    expect(ledger.lastFact?.cause?.message).toContain('antivirus');
    expect(computer.operations.filter(isCopied)).toHaveLength(1);
  });

  it('fences the attempt when the connection breaks at the run, so that the next attempt is safe', async () => {
    const { ledger, computer, start, names } = setUp();
    computer.before = failing('tasks.run', 'connectionLost', 'unreachable');
    await start();
    expect(ledger.lastFact?.fact).toBe('notStarted');
    expect([ledger.status, ledger.attempt]).toEqual(['ready', 2]);
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(computer.begun).toEqual([]);
  });

  it('adopts the attempt when only the answer to the run was lost', async () => {
    const { ledger, computer, start, names } = setUp();
    computer.before = (operation) => {
      if (!operation.startsWith('tasks.run')) return;
      computer.runTask(names.taskPath, ['begin', 'begin']);
      throw new RemoteError('unreachable', 'connectionLost', 'no answer');
    };
    await start();
    expect(ledger.lastFact?.fact).toBe('adopted');
    expect(computer.begun).toEqual([names.name]);
  });

  it('leaves it to the collector when the computer is gone after the grant', async () => {
    const { ledger, computer, start } = setUp();
    computer.before = (operation) => {
      if (operation === 'connect' ? computer.connections > 0 : operation.startsWith('tasks.run'))
        throw new RemoteError('unreachable', 'timeout', 'gone');
    };
    await start();
    expect(ledger.lastFact).toMatchObject({ fact: 'unknown', cause: { reason: 'timeout' } });
    expect(ledger.status).toBe('running');
  });

  it('does not run an attempt that was run before the ledger was restored from a backup', async () => {
    const { ledger, computer, start, names } = setUp();
    await start();
    Object.assign(ledger, { status: 'ready', generation: 3, facts: [] });
    await start();
    expect(ledger.lastFact?.fact).toBe('adopted');
    expect(computer.begun).toEqual([names.name]);
    expect(computer.operations.filter((o) => o.startsWith('tasks.run'))).toHaveLength(1);
  });

  it('does nothing for a job whose target has moved on', async () => {
    const { ledger, computer, start } = setUp();
    const { job } = ledger;
    ledger.fold('offline');
    await start(job);
    expect(computer.connections).toBe(0);
  });
});

describe('a dispatcher that is killed or frozen', () => {
  const operationsOfADispatch = 13;
  const points = Array.from({ length: operationsOfADispatch }, (_, index) => index + 1);

  /** The ledger's reconciler: jobs of the current generation until the target has left the dispatcher. */
  const untilStarted = async (world: ReturnType<typeof setUp>): Promise<void> => {
    for (let tries = 0; tries < 5 && ['ready', 'starting'].includes(world.ledger.status); tries++)
      await startOnTarget(world.ports, world.ledger.job, new AbortController().signal);
  };

  const expectOneBeginning = ({ ledger, computer }: ReturnType<typeof setUp>): void => {
    expect(computer.begun).toHaveLength(1);
    expect(ledger.status).toBe('running');
    expect(computer.begun[0]).toBe(namesOfAttempt(ledger.targetId, ledger.attempt).name);
  };

  it('is tried below before each of its operations, the connection included', async () => {
    const { computer, start } = setUp();
    await start();
    expect(computer.operations.length + 1).toBe(operationsOfADispatch);
  });

  it.each(points)('begins once when it is killed before operation %d', async (point) => {
    const world = setUp();
    let arrived = 0;
    world.computer.before = () => {
      if (++arrived >= point) throw new TypeError('killed');
    };
    await expect(world.start()).rejects.toThrow('killed');
    world.computer.before = () => undefined;
    await untilStarted(world);
    expectOneBeginning(world);
  });

  it.each(points)('begins once when it freezes for a minute before operation %d', async (point) => {
    const world = setUp();
    let arrived = 0;
    let thaw: () => void = () => undefined;
    const frozen = new Promise<void>((resolve) => (thaw = resolve));
    let isFrozen: () => void = () => undefined;
    const hasFrozen = new Promise<void>((resolve) => (isFrozen = resolve));
    const connect = world.ports.hosts.connect;
    const slow: DispatcherPorts = {
      ...world.ports,
      hosts: {
        connect: async (address, account, options) =>
          connect(address, account, {
            ...options,
            beforeFlight: async () => {
              if (++arrived === point) {
                isFrozen();
                await frozen;
              }
              await options.beforeFlight?.();
            },
          }),
      },
    };
    const first = startOnTarget(slow, world.ledger.job, new AbortController().signal);
    const end = first.then(
      () => 'ended',
      (error: unknown) => String(error),
    );
    await hasFrozen;
    await untilStarted(world);
    world.clock.elapsedMs += 60_000;
    thaw();
    expect(await end).toMatch(/stood still/);
    expectOneBeginning(world);
  });

  it('recovers a target in starting from the computer', async () => {
    const world = setUp();
    await world.ledger.grant(world.ledger.job);
    expect(world.ledger.status).toBe('starting');
    await untilStarted(world);
    expectOneBeginning(world);
    expect(world.ledger.attempt).toBe(2);
  });
});
