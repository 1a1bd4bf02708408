import { namesOfAttempt } from '@drover/remote-work';
import { FakeClock, FakeComputer, FakeCredentials, FakeLedger, type JournalContent } from '@drover/testing';
import { collectTarget } from '../src/collect-target';
import { JournalPlaces } from '../src/journal-places';
import type { CollectorPorts } from '../src/ports';

export const begun: JournalContent = {
  kind: 'begun',
  runnerVersion: '1',
  bootedAt: new Date('2026-11-21T08:00:00Z'),
};

/** A target whose attempt was started ten seconds ago, on a computer that has everything of it. */
export const setUp = async (status: 'running' | 'cancelling' | 'closing' = 'running') => {
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
