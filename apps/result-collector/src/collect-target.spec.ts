import { namesOfAttempt } from '@drover/remote-work';
import { FakeClock, FakeComputer, FakeCredentials, FakeLedger, type JournalContent } from '@drover/testing';
import { RemoteError } from '@drover/windows-remote';
import { collectTarget } from './collect-target';
import { JournalPlaces } from './journal-places';
import type { CollectorPorts } from './ports';

const begun: JournalContent = {
  kind: 'begun',
  runnerVersion: '1',
  bootedAt: new Date('2026-11-21T08:00:00Z'),
};

/** A target whose attempt was started ten seconds ago, on a computer that has everything of it. */
const setUp = async (status: 'running' | 'cancelling' | 'closing' = 'running') => {
  const ledger = new FakeLedger(status);
  const computer = new FakeComputer();
  const credentials = new FakeCredentials();
  const clock = new FakeClock();
  ledger.startedAt = clock.now().toISOString();
  clock.elapsedMs = 10_000;
  const ports: CollectorPorts = {
    ledger,
    credentials,
    clock,
    places: new JournalPlaces(),
    names: { ipv4Of: async () => Promise.resolve({ kind: 'unknownName' }) },
    hosts: { connect: async (_address, _account, options) => computer.connect(options) },
    log: { note: () => undefined },
  };
  const names = namesOfAttempt(ledger.targetId, 1);
  computer.directories.add('windows\\drover');
  computer.keys.set(names.keyPath.toLowerCase(), new Map());
  const host = await computer.connect();
  await host.tasks.register(names.taskPath, '<Task/>');
  await host.close();
  computer.connections = 0;
  computer.operations.length = 0;
  const collect = () => collectTarget(ports, ledger.job, new AbortController().signal);
  const run = (): void => computer.runTask(names.taskPath, ['begin', 'begin']);
  const write = (content: JournalContent): void => computer.journal(names.name, content);
  const finish = (): void => {
    write({ kind: 'stepStarted', run: 0, step: 0 });
    write({ kind: 'output', run: 0, data: Buffer.from('hello\r\n') });
    write({
      kind: 'stepEnded',
      run: 0,
      step: 0,
      exitCode: 3010,
      succeeded: true,
      ended: 'exited',
      win32Error: 0,
    });
    write({ kind: 'ended', end: 'stoppedSuccess', lastExitCode: 3010 });
    computer.runnerGone(names.name);
  };
  return { ledger, computer, credentials, clock, ports, names, collect, run, write, finish };
};

describe('a running target', () => {
  it('is asked for the first time a second after its start', async () => {
    const { computer, clock, collect, run } = await setUp();
    run();
    clock.elapsedMs = 300;
    expect(await collect()).toEqual({ kind: 'again', afterMs: 700 });
    expect(computer.connections).toBe(0);
  });

  it('is asked also when its start lies in the future of a wrong clock', async () => {
    const { ledger, computer, collect, run } = await setUp();
    run();
    ledger.startedAt = '2026-11-22T00:00:00.000Z';
    expect(await collect()).toMatchObject({ kind: 'again', afterMs: 1_000 });
    expect(computer.connections).toBe(1);
  });

  it('shows what is going on while it runs, and is asked again', async () => {
    const { ledger, computer, collect, run, write } = await setUp();
    run();
    write({ kind: 'stepStarted', run: 0, step: 0 });
    expect(await collect()).toEqual({ kind: 'again', afterMs: 2_000 });
    expect(ledger.entries.map((e) => e.record.kind)).toEqual(['begun', 'stepStarted']);
    expect(ledger.facts).toEqual([]);
    expect(computer.openConnections).toBe(0);
  });

  it('reports each record once, before the fact', async () => {
    const { ledger, collect, run, finish, ports } = await setUp();
    run();
    await collect();
    ports.places.forget(namesOfAttempt(ledger.targetId, 1).name);
    finish();
    expect(await collect()).toEqual({ kind: 'done' });
    expect(ledger.entries.map((e) => e.sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(ledger.lastFact).toMatchObject({ fact: 'stoppedSuccess', lastExitCode: 3010 });
    expect([ledger.status, ledger.outcome]).toEqual(['closing', 'succeeded']);
  });

  it('reads on from where it stopped', async () => {
    const { ledger, computer, names, ports, collect, run, write } = await setUp();
    run();
    await collect();
    write({ kind: 'stepStarted', run: 0, step: 0 });
    const lengthBefore = computer.files.get(names.journalPath.toLowerCase())?.length ?? 0;
    await collect();
    expect(ports.places.offsetAfter(names.name, 1)).toBe(lengthBefore);
    expect(ledger.entries).toHaveLength(2);
  });

  it('an empty poll reports nothing', async () => {
    const { ledger, collect, run } = await setUp();
    run();
    await collect();
    const entries = ledger.entries.length;
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.entries).toHaveLength(entries);
  });

  it.each([
    ['stoppedFailure', 'failed'],
    ['maximumDurationPassed', 'timedOut'],
  ] as const)('that ended with %s is %s', async (end, outcome) => {
    const { ledger, collect, run, write } = await setUp();
    run();
    write({ kind: 'ended', end, lastExitCode: 1 });
    await collect();
    expect(ledger.outcome).toBe(outcome);
  });

  it('is interrupted when its computer restarted in the middle', async () => {
    const { ledger, computer, names, collect, run, write } = await setUp();
    run();
    write({ kind: 'stepStarted', run: 0, step: 0 });
    computer.runnerGone(names.name, 0xc000013a);
    await collect();
    await collect();
    expect(ledger.outcome).toBe('interrupted');
    expect(ledger.lastFact?.cause).toMatchObject({ reason: 'runnerGone' });
  });

  it('is not called interrupted when it ends between two readings', async () => {
    const { ledger, computer, collect, run, finish } = await setUp();
    run();
    await collect();
    computer.before = (operation) => {
      if (!operation.startsWith('tasks.state')) return;
      computer.before = () => undefined;
      finish();
    };
    await collect();
    expect(ledger.outcome).toBe('succeeded');
  });

  it('gets another attempt when it never began, after the first was fenced', async () => {
    const { ledger, computer, names, collect, run } = await setUp();
    computer.runner = 'dies';
    computer.dieResult = 0xc0000135 | 0;
    run();
    await collect();
    expect(ledger.lastFact).toMatchObject({ fact: 'neverStarted', cause: { code: 0xc0000135 } });
    expect([ledger.status, ledger.attempt]).toEqual(['ready', 2]);
    computer.runner = 'begins';
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(computer.begun).toEqual([]);
  });

  it('says that the antivirus stopped the runner, and is not tried again', async () => {
    const { ledger, computer, collect, run } = await setUp();
    computer.runner = 'dies';
    run();
    await collect();
    expect(ledger.outcome).toBe('interrupted');
    expect(ledger.lastFact?.cause?.message).toContain('antivirus');
  });

  it('is given time when Task Scheduler has not started the process yet', async () => {
    const { ledger, collect, computer } = await setUp();
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.facts).toEqual([]);
    expect(computer.files.size).toBe(0);
  });

  it('is fenced and tried again when nobody ever ran its task', async () => {
    const { ledger, clock, collect } = await setUp();
    clock.elapsedMs = 60_000;
    await collect();
    expect(ledger.lastFact?.fact).toBe('neverStarted');
  });

  it('keeps being asked while its computer is away', async () => {
    const { ledger, computer, collect, run, finish } = await setUp();
    run();
    computer.before = () => {
      throw new RemoteError('unreachable', 'timeout', 'away');
    };
    expect(await collect()).toEqual({ kind: 'again', afterMs: 5_000 });
    expect(ledger.facts).toEqual([]);
    computer.before = () => undefined;
    finish();
    await collect();
    expect(ledger.outcome).toBe('succeeded');
  });

  it('keeps being asked when the connection breaks in the middle of a poll', async () => {
    const { ledger, computer, collect, run } = await setUp();
    run();
    computer.before = (operation) => {
      if (operation.startsWith('files.read'))
        throw new RemoteError('unreachable', 'connectionLost', 'broken');
    };
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.facts).toEqual([]);
  });

  it('is interrupted by a journal that stays damaged, and by no other', async () => {
    const { ledger, computer, clock, names, collect, run } = await setUp();
    run();
    const path = names.journalPath.toLowerCase();
    const whole = computer.files.get(path) ?? Buffer.alloc(0);
    const torn = Buffer.concat([whole, Buffer.alloc(60, 0x41)]);
    computer.files.set(path, torn);
    clock.meanwhile = () => void computer.files.set(path, whole);
    expect(await collect()).toMatchObject({ kind: 'again' });
    clock.meanwhile = () => undefined;
    computer.files.set(path, torn);
    await collect();
    expect(ledger.outcome).toBe('interrupted');
    expect(ledger.lastFact?.cause?.message).toContain('damaged');
  });

  it('says so when somebody cancels on the computer itself', async () => {
    const { ledger, collect, run, write } = await setUp();
    run();
    write({ kind: 'ended', end: 'cancelled', lastExitCode: 0 });
    await collect();
    expect(ledger.lastFact).toMatchObject({ fact: 'interrupted', cause: { reason: 'stoppedOnComputer' } });
  });

  it('is left alone by a job of an earlier generation', async () => {
    const { ledger, computer, ports } = await setUp();
    const { job } = ledger;
    ledger.fold('cancelRequested');
    await collectTarget(ports, job, new AbortController().signal);
    expect(computer.connections).toBe(0);
  });
});

describe('a target that is being cancelled', () => {
  it('is asked to stop through its key, and ends as the runner says', async () => {
    const { ledger, computer, clock, names, collect, run, write } = await setUp('cancelling');
    run();
    clock.meanwhile = () => {
      const isAsked = computer.keys.get(names.keyPath.toLowerCase())?.get('cancel');
      if (!isAsked || computer.tasks.get(names.taskPath.toLowerCase())?.state !== 'running') return;
      write({ kind: 'ended', end: 'cancelled', lastExitCode: 1 });
      computer.runnerGone(names.name, 3);
    };
    await collect();
    expect(ledger.lastFact?.fact).toBe('stopped');
    expect(ledger.outcome).toBe('cancelled');
    expect(computer.operations.some((o) => o.startsWith('tasks.stop'))).toBe(false);
    expect(ledger.entries.at(-1)?.record.kind).toBe('ended');
  });

  it('is stopped by Task Scheduler when the runner does not listen for ten seconds', async () => {
    const { ledger, computer, clock, collect, run } = await setUp('cancelling');
    run();
    await collect();
    expect(computer.operations.some((o) => o.startsWith('tasks.stop'))).toBe(true);
    expect(clock.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(10_000);
    expect(ledger.lastFact).toMatchObject({
      fact: 'stopped',
      cause: { message: expect.stringContaining('may still be running') },
    });
  });

  it('keeps its result when it had ended before', async () => {
    const { ledger, collect, run, finish } = await setUp('cancelling');
    run();
    finish();
    await collect();
    expect(ledger.outcome).toBe('succeeded');
  });

  it('is cancelled without having begun when the fence comes first', async () => {
    const { ledger, computer, names, collect } = await setUp('cancelling');
    await collect();
    expect([ledger.status, ledger.outcome]).toEqual(['closing', 'cancelled']);
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(computer.begun).toEqual([]);
  });

  it('is interrupted when its runner was gone before anybody asked', async () => {
    const { ledger, computer, names, collect, run } = await setUp('cancelling');
    run();
    computer.runnerGone(names.name);
    await collect();
    expect(ledger.lastFact?.fact).toBe('interrupted');
  });

  it('is stopped also where the registry cannot be reached', async () => {
    const { ledger, computer, collect, run } = await setUp('cancelling');
    run();
    computer.services.set('RemoteRegistry', { state: 'stopped', startType: 'disabled' });
    await collect();
    expect(ledger.lastFact?.fact).toBe('stopped');
  });

  it('stays so while its computer is away', async () => {
    const { ledger, computer, collect } = await setUp('cancelling');
    computer.before = () => {
      throw new RemoteError('unreachable', 'noRoute', 'away');
    };
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.facts).toEqual([]);
  });
});

describe('a target that is being closed', () => {
  const withLeftovers = async () => {
    const world = await setUp('closing');
    world.ledger.outcome = 'succeeded';
    world.ledger.attempt = 2;
    world.run();
    world.finish();
    world.computer.files.set('windows\\drover\\runner-abababababababab.exe', Buffer.from('MZ'));
    const second = namesOfAttempt(world.ledger.targetId, 2);
    world.computer.journal(second.name, begun);
    world.computer.keys.set(second.keyPath.toLowerCase(), new Map());
    world.computer.files.set(second.temporaryRunnerPath.toLowerCase(), Buffer.from('MZ'));
    return world;
  };

  it('leaves nothing of any attempt on the computer but the runner', async () => {
    const { ledger, computer, collect } = await withLeftovers();
    expect(computer.leftovers()).toHaveLength(6);
    await collect();
    expect(computer.leftovers()).toEqual([]);
    expect(computer.files.has('windows\\drover\\runner-abababababababab.exe')).toBe(true);
    expect(ledger.status).toBe('succeeded');
  });

  it('leaves other targets alone', async () => {
    const { computer, collect } = await withLeftovers();
    const other = namesOfAttempt('7d0f5f62-52bd-4d43-8f5c-0f6f6b3a3c11', 1);
    computer.files.set(other.journalPath.toLowerCase(), Buffer.from('journal'));
    computer.keys.set(other.keyPath.toLowerCase(), new Map());
    await collect();
    expect(computer.leftovers()).toHaveLength(2);
  });

  it('removes the task before the journal, which is the claim', async () => {
    const { computer, collect } = await withLeftovers();
    await collect();
    const at = (prefix: string): number => computer.operations.findIndex((o) => o.startsWith(prefix));
    expect(at('tasks.delete')).toBeGreaterThanOrEqual(0);
    expect(at('tasks.delete')).toBeLessThan(at('files.delete'));
  });

  it('ends a runner that is still at work before it removes anything', async () => {
    const { computer, names, ledger, collect } = await withLeftovers();
    Object.assign(computer.tasks.get(names.taskPath.toLowerCase()) ?? {}, { state: 'running' });
    await collect();
    expect(computer.operations.some((o) => o.startsWith('tasks.stop'))).toBe(true);
    expect(ledger.status).toBe('succeeded');
  });

  it('sends what the ledger has not stored again, before it deletes the journal', async () => {
    const { ledger, computer, clock, ports, collect, run, finish } = await setUp('closing');
    ledger.outcome = 'succeeded';
    run();
    finish();
    const deadlineAt = new Date(clock.now().getTime() + 15 * 60_000).toISOString();
    ports.ledger = {
      assignment: async () => ({ ...(await ledger.assignment()), deadlineAt }),
      grant: (reference) => ledger.grant(reference),
      report: (fact) => ledger.report(fact),
      progress: (entry) => ledger.progress(entry),
    };
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.entries.at(-1)?.record).toMatchObject({ kind: 'ended', lastExitCode: 3010 });
    expect(computer.leftovers()).not.toEqual([]);
    await collect();
    expect(computer.leftovers()).toEqual([]);
    expect(ledger.status).toBe('succeeded');
  });

  it('is done when there is nothing', async () => {
    const { computer, ledger, collect } = await setUp('closing');
    ledger.outcome = 'cancelled';
    computer.directories.delete('windows\\drover');
    computer.tasks.clear();
    computer.keys.clear();
    await collect();
    expect(ledger.status).toBe('cancelled');
  });

  it('comes again while the computer is away', async () => {
    const { ledger, computer, collect } = await withLeftovers();
    computer.before = (operation) => {
      if (operation.startsWith('files.list')) throw new RemoteError('unreachable', 'connectionLost', 'away');
    };
    expect(await collect()).toMatchObject({ kind: 'again' });
    expect(ledger.facts).toEqual([]);
    computer.before = () => undefined;
    await collect();
    expect(computer.leftovers()).toEqual([]);
  });
});
