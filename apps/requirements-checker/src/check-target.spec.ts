import { FakeClock, FakeComputer, FakeCredentials, FakeLedger } from '@drover/testing';
import { RemoteError } from '@drover/windows-remote';
import { checkTarget } from './check-target';
import type { CheckerPorts, DoorState } from './ports';

const setUp = (doorStates: DoorState[] = ['open']) => {
  const ledger = new FakeLedger('checking');
  const computer = new FakeComputer();
  const credentials = new FakeCredentials();
  const clock = new FakeClock();
  const abort = new AbortController();
  const ports: CheckerPorts = {
    ledger,
    credentials,
    clock,
    names: { ipv4Of: async () => Promise.resolve({ kind: 'unknownName' }) },
    hosts: { connect: async (_address, _account, options) => computer.connect(options) },
    log: { note: () => undefined },
    doors: {
      knock: async () =>
        Promise.resolve(doorStates.length > 1 ? (doorStates.shift() ?? 'open') : (doorStates[0] ?? 'open')),
    },
  };
  const check = () => checkTarget(ports, ledger.job, abort.signal);
  const verdict = (requirement: string) =>
    ledger.lastFact?.verdicts?.findLast((v) => v.requirement === requirement);
  return { ledger, computer, credentials, clock, abort, check, verdict };
};

const denying = (operation: string) => (arrived: string) => {
  if (arrived.startsWith(operation))
    throw new RemoteError('denied', 'accessDenied', `could not do ${operation}`);
};

describe('checkTarget', () => {
  it('passes a computer that meets every requirement, with a verdict for each', async () => {
    const { ledger, computer, check } = setUp();
    expect(await check()).toEqual({ kind: 'done' });
    expect(ledger.status).toBe('ready');
    expect(ledger.lastFact?.verdicts?.map((v) => [v.requirement, v.result])).toEqual(
      ['REQ-2', 'REQ-3', 'REQ-4', 'REQ-5', 'REQ-6', 'REQ-7', 'REQ-8', 'REQ-9'].map((r) => [r, 'pass']),
    );
    expect(computer.leftovers()).toEqual([]);
    expect(computer.openConnections).toBe(0);
  });

  it('says that a name does not resolve and touches nothing', async () => {
    const { ledger, computer, check, verdict } = setUp();
    ledger.asset.address = null;
    await check();
    expect(ledger.status).toBe('requirementsNotMet');
    expect(verdict('REQ-2')).toMatchObject({ result: 'fail', remedy: expect.stringContaining('DNS') });
    expect(computer.connections).toBe(0);
  });

  it.each(['timeout', 'noRoute'] as const)(
    'calls a computer that answers %s offline, without a logon',
    async (state) => {
      const { ledger, computer, check } = setUp([state]);
      await check();
      expect(ledger.status).toBe('sleeping');
      expect(ledger.lastFact?.cause?.reason).toBe(state);
      expect(computer.connections).toBe(0);
    },
  );

  it('says that file sharing is closed when the computer refuses the connection for good', async () => {
    const { ledger, clock, check, verdict } = setUp(['connectionRefused']);
    await check();
    expect(ledger.status).toBe('requirementsNotMet');
    expect(verdict('REQ-4')?.remedy).toContain('File and Printer Sharing');
    expect(clock.waits).toHaveLength(3);
  });

  it('gives a computer that is starting up a moment before it calls file sharing closed', async () => {
    const { ledger, check } = setUp(['connectionRefused', 'connectionRefused', 'open']);
    await check();
    expect(ledger.status).toBe('ready');
  });

  it('keeps the reason of a refused logon', async () => {
    const { ledger, computer, credentials, check } = setUp();
    computer.before = () => {
      throw new RemoteError('denied', 'wrongPassword', 'could not log on', { code: 0xc000006d });
    };
    await check();
    expect(ledger.status).toBe('logonRefused');
    expect(ledger.lastFact?.cause).toMatchObject({ reason: 'wrongPassword', code: 0xc000006d });
    expect(credentials.reports).toHaveLength(1);
  });

  it.each(['files.connect', 'services.query'])(
    'says that administrative rights are missing when %s is denied',
    async (operation) => {
      const { ledger, computer, check, verdict } = setUp();
      computer.before = denying(operation);
      await check();
      expect(ledger.status).toBe('requirementsNotMet');
      expect(verdict('REQ-6')).toMatchObject({
        result: 'fail',
        remedy: expect.stringContaining('LocalAccountTokenFilterPolicy'),
      });
    },
  );

  it('says that the runner’s folder cannot be written', async () => {
    const { ledger, computer, check, verdict } = setUp();
    computer.before = (operation) => {
      if (operation.startsWith('files.write'))
        throw new RemoteError('refused', 'diskFull', 'could not write');
    };
    await check();
    expect(ledger.status).toBe('requirementsNotMet');
    expect(verdict('REQ-7')).toMatchObject({ result: 'fail', remedy: expect.stringContaining('free space') });
  });

  it('starts a stopped Remote Registry and says so', async () => {
    const { ledger, computer, check, verdict } = setUp();
    computer.services.set('RemoteRegistry', { state: 'stopped', startType: 'manual' });
    await check();
    expect(ledger.status).toBe('ready');
    expect(verdict('REQ-9')?.result).toBe('fixed');
    expect(computer.services.get('RemoteRegistry')?.state).toBe('running');
  });

  it.each([
    ['RemoteRegistry', 'REQ-9'],
    ['Schedule', 'REQ-8'],
  ])('leaves a disabled %s alone and says how to enable it', async (name, requirement) => {
    const { ledger, computer, check, verdict } = setUp();
    computer.services.set(name, { state: 'stopped', startType: 'disabled' });
    await check();
    expect(ledger.status).toBe('requirementsNotMet');
    expect(verdict(requirement)).toMatchObject({
      result: 'fail',
      remedy: expect.stringContaining(`config ${name}`),
    });
    expect(computer.services.get(name)?.startType).toBe('disabled');
  });

  it('shows everything that is wrong at once', async () => {
    const { ledger, computer, check } = setUp();
    computer.services.set('RemoteRegistry', { state: 'stopped', startType: 'disabled' });
    computer.services.set('Schedule', { state: 'stopped', startType: 'disabled' });
    await check();
    expect(ledger.lastFact?.verdicts?.filter((v) => v.result === 'fail').map((v) => v.requirement)).toEqual([
      'REQ-8',
      'REQ-9',
    ]);
  });

  it('asks a computer again that goes away in the middle', async () => {
    const { ledger, computer, check } = setUp();
    computer.before = (operation) => {
      if (operation.startsWith('files.write'))
        throw new RemoteError('unreachable', 'connectionLost', 'could not write');
    };
    await check();
    expect(ledger.status).toBe('sleeping');
  });

  it('waits while another worker proves the credential', async () => {
    const { ledger, credentials, check } = setUp();
    credentials.answer = 'wait';
    expect(await check()).toMatchObject({ kind: 'again' });
    expect(ledger.facts).toEqual([]);
  });

  it('does nothing for a target that has moved on', async () => {
    const { ledger, computer, check } = setUp();
    const { job } = ledger;
    ledger.fold('cancelRequested');
    expect(job.generation).not.toBe(ledger.generation);
    await check();
    expect(computer.connections).toBe(0);
    expect(ledger.facts).toEqual([]);
  });

  it('reports nothing once the job is taken away', async () => {
    const { ledger, computer, abort, check } = setUp();
    computer.before = (operation) => void (operation.startsWith('services') && abort.abort());
    await expect(check()).rejects.toThrow(/taken away/);
    expect(ledger.facts).toEqual([]);
  });
});
