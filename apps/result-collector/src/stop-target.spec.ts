import { RemoteError } from '@drover/windows-remote';
import { setUp } from '../test/collector-world';

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
