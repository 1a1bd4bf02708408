import { FakeClock, FakeComputer, FakeCredentials, FakeLedger } from '@drover/testing';
import { RemoteError } from '@drover/windows-remote';
import type { NameAnswer } from '../ports';
import { RemoteWorkError } from '../remote-work-error';
import { flightGuard, pauseMaxMs } from './flight-guard';
import { openContact } from './open-contact';

const setUp = (name: NameAnswer = { kind: 'found', address: '127.17.1.9' }) => {
  const computer = new FakeComputer();
  const credentials = new FakeCredentials();
  const clock = new FakeClock();
  const asked: string[] = [];
  const addresses: string[] = [];
  const abort = new AbortController();
  const ports = {
    credentials,
    clock,
    names: {
      ipv4Of: async (asset: string) => {
        asked.push(asset);
        return Promise.resolve(name);
      },
    },
    hosts: {
      connect: async (address: { address: string }, _account: unknown, options: object) => {
        addresses.push(address.address);
        return computer.connect(options);
      },
    },
  };
  const guard = flightGuard(clock, abort.signal);
  return {
    computer,
    credentials,
    clock,
    asked,
    addresses,
    abort,
    ports,
    guard,
    ledger: new FakeLedger('checking'),
  };
};

const refusing =
  (reason: RemoteError['reason'], kind: RemoteError['kind'] = 'denied') =>
  () => {
    throw new RemoteError(kind, reason, 'could not log on');
  };

describe('openContact', () => {
  it('uses the fixed address of an asset without asking for its name', async () => {
    const { ports, ledger, guard, asked, addresses } = setUp();
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact.state).toBe('open');
    expect(asked).toEqual([]);
    expect(addresses).toEqual(['127.17.1.1']);
  });

  it('resolves the name of an asset without a fixed address at each use', async () => {
    const { ports, ledger, guard, addresses } = setUp();
    ledger.asset.address = null;
    await openContact(ports, await ledger.assignment(), guard);
    expect(addresses).toEqual(['127.17.1.9']);
  });

  it.each([
    ['unknownName', 'notMet', 'REQ-2'],
    ['noIpv4', 'notMet', 'REQ-3'],
    ['noAnswer', 'offline', 'REQ-2'],
  ] as const)(
    'answers %s of the name service with %s and spends no logon on it',
    async (kind, fact, requirement) => {
      const { ports, ledger, guard, credentials } = setUp({ kind });
      ledger.asset.address = null;
      const contact = await openContact(ports, await ledger.assignment(), guard);
      expect(contact).toMatchObject({ state: 'failed', failure: { fact, requirement } });
      expect(credentials.reports).toEqual([]);
    },
  );

  it.each(['wait', 'superseded'] as const)('touches nothing while the credential says %s', async (answer) => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    credentials.answer = answer;
    expect((await openContact(ports, await ledger.assignment(), guard)).state).toBe('wait');
    expect(computer.connections).toBe(0);
  });

  it('never logs on with a suspended credential and says how to release it', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    credentials.answer = 'suspended';
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact).toMatchObject({ state: 'failed', failure: { fact: 'logonRefused' } });
    expect(computer.connections).toBe(0);
  });

  it('says that a stored password cannot be opened, and touches nothing', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    credentials.isUnreadable = true;
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact).toMatchObject({ state: 'failed', failure: { cause: { reason: 'unreadable' } } });
    expect(computer.connections).toBe(0);
  });

  it('says that no credential is mapped', async () => {
    const { ports, ledger, guard } = setUp();
    ledger.credential = null;
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact).toMatchObject({
      state: 'failed',
      failure: { fact: 'notMet', cause: { reason: 'noCredential' } },
    });
  });

  it('reports a wrong password, which the inventory counts', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    computer.before = refusing('wrongPassword');
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact).toMatchObject({ state: 'failed', failure: { fact: 'logonRefused' } });
    expect(credentials.reports).toEqual([{ result: 'wrongPassword', host: 'pc-17' }]);
  });

  it('spends at most two wrong passwords on a hundred computers at once', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    let logons = 0;
    ports.hosts.connect = async (_address, _account, options: { beforeFlight?: () => Promise<void> }) => {
      await options.beforeFlight?.();
      logons++;
      await new Promise((resolve) => setImmediate(resolve));
      return refusing('wrongPassword')();
    };
    const assignment = await ledger.assignment();
    const contacts = await Promise.all(
      Array.from({ length: 100 }, () => openContact(ports, assignment, guard)),
    );
    expect(logons).toBe(2);
    expect(credentials.reports).toHaveLength(2);
    expect(contacts.filter((c) => c.state === 'wait')).toHaveLength(98);
    expect(computer.connections).toBe(0);
  });

  it('gives a claim to prove back when the computer is not there', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    credentials.answer = 'prove';
    computer.before = refusing('timeout', 'unreachable');
    const contact = await openContact(ports, await ledger.assignment(), guard);
    expect(contact).toMatchObject({ state: 'failed', failure: { fact: 'offline' } });
    expect(credentials.reports).toEqual([{ result: 'other', host: 'pc-17' }]);
  });

  it('does not call an offline computer a bad logon', async () => {
    const { ports, ledger, guard, credentials, computer } = setUp();
    computer.before = refusing('noRoute', 'unreachable');
    await openContact(ports, await ledger.assignment(), guard);
    expect(credentials.reports).toEqual([]);
  });

  it('stops before the next flight once the job is taken away', async () => {
    const { ports, ledger, guard, abort, computer } = setUp();
    const contact = await openContact(ports, await ledger.assignment(), guard);
    abort.abort();
    if (contact.state !== 'open') throw new Error('not open');
    await expect(contact.host.files.stat('x')).rejects.toThrow(RemoteWorkError);
    expect(computer.operations).toEqual([]);
  });

  it('stops before the next flight after standing still for longer than its lock lives', async () => {
    const { ports, ledger, guard, clock, computer } = setUp();
    const contact = await openContact(ports, await ledger.assignment(), guard);
    if (contact.state !== 'open') throw new Error('not open');
    clock.elapsedMs += pauseMaxMs + 1;
    await expect(contact.host.files.stat('x')).rejects.toThrow(/stood still/);
    expect(computer.operations).toEqual([]);
  });
});
