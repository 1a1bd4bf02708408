import { namesOfAttempt } from '@drover/remote-work';
import { RemoteError } from '@drover/windows-remote';
import { begun, setUp } from '../test/collector-world';

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
