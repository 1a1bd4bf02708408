import { encodePlan, decodeJournal, foldJournal, type CommandPlanStep, type Plan } from '@drover/domain';
import { createHash } from 'node:crypto';
import {
  WindowsCredential,
  WindowsHost,
  type ConnectOptions,
  type RemoteError,
} from '@drover/windows-remote';
import { defaultPassword, startSimulatedFleet, type SimulatedFleet } from './fleet';
import type { SimulatedHost, SimulatedHostOptions } from './simulated-host';

let fleet: SimulatedFleet;
let host: SimulatedHost;
const start = async (options: Partial<SimulatedHostOptions> = {}): Promise<void> => {
  fleet = await startSimulatedFleet({ hosts: [options], subnet: '127.13.4', clock: { speed: 20 } });
  host = fleet.hosts[0] as SimulatedHost;
};
afterEach(() => fleet.close());

const credential = new WindowsCredential({ username: 'Administrator', password: defaultPassword });
const connect = (options: ConnectOptions = {}) =>
  WindowsHost.connect(host, credential, { deadlineMs: 5000, connectTimeoutMs: 1000, ...options });

const runner = Buffer.from('MZ: stands for the runner');
const runnerFile = `runner-${createHash('sha256').update(runner).digest('hex').slice(0, 16)}.exe`;
const taskXml = (attempt: string): string => `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="a"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy></Settings>
  <Actions Context="a"><Exec><Command>C:\\Windows\\Drover\\${runnerFile}</Command><Arguments>${attempt} $(Arg0)</Arguments></Exec></Actions>
</Task>`;

type Step = Partial<CommandPlanStep> & { command: string };
const planOf = (attemptName: string, steps: Step[], maximumDurationSeconds = 900): Plan => ({
  attemptName,
  maximumDurationSeconds,
  retainUntil: new Date('2030-01-01'),
  steps: steps.map((step) => ({
    name: 'step',
    type: 'command',
    successCodes: [0, 1641, 3010],
    onSuccess: 'stopSuccess',
    onFailure: 'stopFailure',
    ...step,
  })),
});

/** What a dispatcher does, in its order; resolves when the run has been accepted. */
async function dispatch(plan: Plan, xml = taskXml(plan.attemptName)): Promise<void> {
  const remote = await connect();
  const { attemptName } = plan;
  await remote.files.makeDirectory('Windows\\Drover');
  await remote.files.write(`Windows\\Drover\\${runnerFile}`, runner, { mode: 'overwrite' });
  await remote.tasks.register(`\\Drover\\${attemptName}`, xml);
  const { key } = await remote.registry.createKey(`SOFTWARE\\Drover\\${attemptName}`);
  await key.setValue('plan', { type: 'binary', data: encodePlan(plan) });
  await remote.tasks.run(`\\Drover\\${attemptName}`, ['begin']);
  await remote.close();
}

const ended = (attempt: string) =>
  host.ledger.waitFor((entry) => entry.event === 'taskEnded' && entry.path.endsWith(attempt));
const progress = (attempt: string) => {
  const bytes = host.disk.readFile(`Windows\\Drover\\${attempt}.journal`) ?? Buffer.alloc(0);
  return foldJournal(decodeJournal(bytes, 0).records);
};

describe('an attempt on a simulated computer', () => {
  beforeEach(() => start());

  it('follows branches and journals each step with its output', async () => {
    const steps: Step[] = [
      { command: 'echo one & exit 5', onFailure: 1, onSuccess: 'stopSuccess' },
      { command: 'echo grün\r\nping -n 3 127.0.0.1 >nul\r\nexit 3010' },
    ];
    await dispatch(planOf('a-1', steps));
    expect(await ended('a-1')).toMatchObject({ code: 0 });
    const { runs, end } = progress('a-1');
    expect(
      runs.map(({ step, exitCode, succeeded, output }) => ({
        step,
        exitCode,
        succeeded,
        text: output.toString(),
      })),
    ).toEqual([
      { step: 0, exitCode: 5, succeeded: false, text: 'one \r\n' },
      { step: 1, exitCode: 3010, succeeded: true, text: 'grün\r\n' },
    ]);
    expect(end).toMatchObject({ end: 'stoppedSuccess', lastExitCode: 3010 });
    expect(host.ledger.openSessions).toBe(0);
  });

  it('begins once: a second run is refused with 183 and changes nothing', async () => {
    await dispatch(planOf('a-1', [{ command: 'echo once' }]));
    await ended('a-1');
    const journal = host.disk.readFile('Windows\\Drover\\a-1.journal');
    host.tasks.run('\\Drover\\a-1', ['begin']);
    await host.ledger.waitFor((entry) => entry.event === 'taskEnded' && entry.code === 183);
    expect(host.ledger.of('attemptBegun')).toHaveLength(1);
    expect(host.disk.readFile('Windows\\Drover\\a-1.journal')).toEqual(journal);
  });

  it('sweeps without beginning when the task runs without an argument', async () => {
    host.disk.ensureFolder('Windows\\Drover');
    host.disk.writeFile(`Windows\\Drover\\${runnerFile}`, runner);
    const flags = { validateOnly: false, create: true, update: false, disable: false };
    host.tasks.register('\\Drover\\a-1', taskXml('a-1'), flags);
    host.tasks.run('\\Drover\\a-1', []);
    await ended('a-1');
    expect(host.ledger.of('attemptSwept')).toHaveLength(1);
    expect(host.ledger.of('attemptBegun')).toHaveLength(0);
  });

  it('is swept away by its time trigger once the retention has passed', async () => {
    const trigger = '<Triggers><TimeTrigger><StartBoundary>AT</StartBoundary></TimeTrigger></Triggers>';
    const retainUntil = new Date(host.now().getTime() + 10_000);
    const plan = { ...planOf('a-1', [{ command: 'echo kept' }]), retainUntil };
    const xml = taskXml('a-1').replace(
      '<Principals>',
      `${trigger.replace('AT', retainUntil.toISOString())}<Principals>`,
    );
    await dispatch(plan, xml);
    await ended('a-1');
    expect(host.disk.stat('Windows\\Drover\\a-1.journal')).toBeDefined();
    await host.ledger.waitFor((entry) => entry.event === 'attemptSwept' && entry.removed);
    expect(host.disk.stat('Windows\\Drover\\a-1.journal')).toBeUndefined();
    expect(host.registry.find('SOFTWARE\\Drover\\a-1')).toBeUndefined();
  });

  it('is stopped at the maximum duration, and by a cancel', async () => {
    await dispatch(planOf('a-1', [{ command: 'ping -n 3600 127.0.0.1' }], 5));
    await dispatch(planOf('b-1', [{ command: 'ping -n 3600 127.0.0.1' }]));
    const remote = await connect();
    const key = await remote.registry.openKey('SOFTWARE\\Drover\\b-1');
    await key?.setValue('cancel', { type: 'dword', number: 1 });
    await remote.close();
    expect(await ended('a-1')).toMatchObject({ code: 2 });
    expect(await ended('b-1')).toMatchObject({ code: 3 });
    expect(progress('a-1').end).toMatchObject({ end: 'maximumDurationPassed' });
    expect(progress('b-1').end).toMatchObject({ end: 'cancelled' });
  });

  it('ends without a word when the computer restarts in the middle', async () => {
    await dispatch(planOf('a-1', [{ command: 'ping -n 3600 127.0.0.1' }]));
    await host.ledger.waitFor((entry) => entry.event === 'stepStarted');
    const bootedAt = host.bootedAt;
    await host.restart({ offlineMs: 100 });
    expect(progress('a-1')).toMatchObject({ runs: [{ step: 0 }] });
    expect(progress('a-1').end).toBeUndefined();
    expect(host.bootedAt.getTime()).toBeGreaterThan(bootedAt.getTime());
    const remote = await connect();
    expect(await remote.tasks.state('\\Drover\\a-1')).toMatchObject({ state: 'ready' });
    await remote.close();
  });

  it('can be read while it runs, but not deleted', async () => {
    await dispatch(planOf('a-1', [{ command: 'echo early & ping -n 3600 127.0.0.1' }]));
    await host.ledger.waitFor((entry) => entry.event === 'stepStarted');
    const remote = await connect();
    expect((await remote.files.read('Windows\\Drover\\a-1.journal')).subarray(0, 4).toString()).toBe('DRVJ');
    await expect(remote.files.delete('Windows\\Drover\\a-1.journal')).rejects.toMatchObject({
      reason: 'sharingViolation',
    });
    await remote.close();
  });

  it('does not start a runner whose file is not whole', async () => {
    await dispatch(planOf('a-1', [{ command: 'echo x' }]));
    await ended('a-1');
    host.disk.writeFile(`Windows\\Drover\\${runnerFile}`, runner.subarray(1));
    host.tasks.run('\\Drover\\a-1', ['begin']);
    await host.ledger.waitFor((entry) => entry.event === 'taskEnded' && entry.code === 0x800700c1);
  });
});

describe('faults of a simulated computer, seen by the client', () => {
  const failure = (work: Promise<unknown>): Promise<RemoteError> =>
    work.then(
      () => Promise.reject(new Error('it succeeded')),
      (error: RemoteError) => error,
    );
  beforeEach(() => start());

  it.each([
    ['offline', 'unreachable', 'connectionRefused'],
    ['filtered', 'unreachable', 'timeout'],
    ['hostile', 'protocol', 'malformed'],
  ] as const)('%s is %s/%s', async (reachability, kind, reason) => {
    await host.faults.set({ reachability });
    expect(await failure(connect({ connectTimeoutMs: 400, deadlineMs: 800 }))).toMatchObject({
      kind,
      reason,
    });
    await host.faults.clear();
    await (await connect()).close();
  });

  it.each([
    ['wrongPassword', 'wrongPassword'],
    ['accountLocked', 'accountLocked'],
    ['accountDisabled', 'accountDisabled'],
    ['accountExpired', 'accountExpired'],
    ['passwordExpired', 'passwordExpired'],
    ['logonTypeNotGranted', 'logonTypeNotGranted'],
    ['clockSkew', 'clockSkew'],
  ] as const)('a logon refused for %s says so', async (logon, reason) => {
    await host.faults.set({ logon });
    expect(await failure(connect())).toMatchObject({ kind: 'denied', reason });
  });

  it('an account without administrative right signs in and is refused C$', async () => {
    await host.faults.set({ noAdministrativeRight: true });
    const remote = await connect();
    expect(await failure(remote.files.connect())).toMatchObject({ kind: 'denied', reason: 'accessDenied' });
    await remote.close();
  });

  it('a stopped Remote Registry has no pipe until it is started; a disabled one refuses to start', async () => {
    host.services.configure('RemoteRegistry', { state: 'stopped', startType: 'manual' });
    const remote = await connect();
    expect(await failure(remote.registry.open())).toMatchObject({ kind: 'refused', reason: 'notFound' });
    expect(await remote.services.start('RemoteRegistry', 5000)).toBe('started');
    await remote.registry.open();
    host.services.configure('RemoteRegistry', { state: 'stopped', startType: 'disabled' });
    expect(await failure(remote.services.start('RemoteRegistry', 5000))).toMatchObject({
      reason: 'serviceDisabled',
    });
    await remote.close();
  });

  it('a connection cut at any of many bytes ends in an error, never in a hang', async () => {
    for (const direction of ['toHost', 'fromHost'] as const) {
      for (let afterBytes = 0; afterBytes < 2600; afterBytes += 173) {
        await host.faults.set({ cut: { direction, afterBytes, times: 1 } });
        const error = await connect()
          .then((remote) => remote.files.write('Windows\\x', Buffer.alloc(3000), { mode: 'overwrite' }))
          .then(
            () => undefined,
            (reason: RemoteError) => reason,
          );
        if (error !== undefined) expect(error).toMatchObject({ name: 'RemoteError', kind: 'unreachable' });
      }
    }
    await host.faults.clear();
    await (await connect()).close();
  });

  it('garbled replies behind the logon are a protocol error', async () => {
    const remote = await connect();
    await host.faults.set({ garbledReplies: true });
    expect(await failure(remote.files.connect())).toMatchObject({ kind: 'protocol' });
  });
});
