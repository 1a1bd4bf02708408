import { namesOfAttempt } from '@drover/remote-work';
import { RemoteError } from '@drover/windows-remote';
import { collectTarget } from './collect-target';
import { setUp } from '../test/collector-world';

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

  it('reports the end also when the visit that read it was cut off before it could', async () => {
    const { ledger, collect, run, finish, ports } = await setUp();
    run();
    finish();
    const report = ports.ledger.report.bind(ports.ledger);
    ports.ledger.report = () => Promise.reject(new Error('the bus is away'));
    await expect(collect()).rejects.toThrow('the bus is away');
    expect(ledger.entries.at(-1)?.record.kind).toBe('ended');
    ports.ledger.report = report;
    expect(await collect()).toEqual({ kind: 'done' });
    expect(ledger.lastFact).toMatchObject({ fact: 'stoppedSuccess', lastExitCode: 3010 });
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
