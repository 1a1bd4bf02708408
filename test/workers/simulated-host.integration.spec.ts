/** The workers against the simulated Windows host: real SMB and DCE/RPC, and the host's own ledger as the judge. */
import { startSimulatedFleet, type SimulatedFleet, type SimulatedHost } from '@drover/testing';
import { WorkerWorld, type Computer } from './worker-world';

jest.setTimeout(60_000);

let fleet: SimulatedFleet;
let next = 0;

beforeAll(async () => {
  fleet = await startSimulatedFleet({ count: 60, subnet: '127.17.1', clock: { speed: 20 } });
});
afterAll(() => fleet.close());

/** A computer that nothing has been done to. */
const freshHost = (): SimulatedHost => {
  const host = fleet.hosts[next++];
  if (!host) throw new Error('the fleet is too small');
  return host;
};

const of = (host: SimulatedHost): Computer => ({
  name: host.name,
  address: host.address,
  port: host.port,
  username: host.accounts[0]?.username ?? '',
  password: host.accounts[0]?.password ?? '',
});

const isFinal = (world: WorkerWorld) => () => world.ledger.status === world.ledger.outcome;
const attemptsBegun = (host: SimulatedHost): number => host.ledger.of('attemptBegun').length;

describe('a target on a simulated computer', () => {
  it('is checked, dispatched, collected and closed, and leaves nothing behind', async () => {
    const host = freshHost();
    const world = await WorkerWorld.against(of(host));
    world.deploy({ command: 'echo hello\nexit 3010', successCodes: [0, 3010] });
    await world.workUntil(isFinal(world));
    expect(world.ledger.facts.map((f) => f.fact)).toEqual([
      'passed',
      'started',
      'stoppedSuccess',
      'nothingLeft',
    ]);
    expect(world.ledger.facts.map((f) => f.lastExitCode)[2]).toBe(3010);
    const output = world.ledger.entries.flatMap(({ record }) =>
      record.kind === 'output' ? [Buffer.from(record.data, 'base64').toString()] : [],
    );
    expect(output.join('')).toContain('hello');
    expect(attemptsBegun(host)).toBe(1);
    expect(await world.leftovers()).toEqual([]);
  });

  it('costs at most 17 round trips with a first push and 12 with the runner there', async () => {
    const host = freshHost();
    for (const flightsMax of [17, 12]) {
      const world = await WorkerWorld.against(of(host), 'ready');
      await world.step();
      expect(world.ledger.status).toBe('running');
      expect(world.connections[0]?.traffic.flights).toBeLessThanOrEqual(flightsMax);
    }
  });

  it('fails with its exit code and keeps the output', async () => {
    const world = await WorkerWorld.against(of(freshHost()));
    world.deploy({ command: 'echo broken & exit 5' });
    await world.workUntil(isFinal(world));
    expect(world.ledger.outcome).toBe('failed');
    expect(world.ledger.facts.find((f) => f.fact === 'stoppedFailure')?.lastExitCode).toBe(5);
  });

  it('is timed out by the runner', async () => {
    const world = await WorkerWorld.against(of(freshHost()));
    world.deploy({ command: 'ping -n 600 127.0.0.1', maximumDurationSeconds: 10 });
    await world.workUntil(isFinal(world));
    expect(world.ledger.outcome).toBe('timedOut');
  });

  it('is stopped when it is cancelled while it runs', async () => {
    const host = freshHost();
    const world = await WorkerWorld.against(of(host));
    world.deploy({ command: 'ping -n 600 127.0.0.1' });
    await world.workUntil(
      (l) => l.status === 'running' && l.entries.some((e) => e.record.kind === 'stepStarted'),
    );
    world.ledger.fold('cancelRequested');
    await world.workUntil(isFinal(world));
    expect(world.ledger.outcome).toBe('cancelled');
    expect(host.ledger.of('attemptEnded').map((e) => e.end)).toEqual(['cancelled']);
    expect(await world.leftovers()).toEqual([]);
  });

  it('is interrupted by a restart in the middle, and is not run again', async () => {
    const host = freshHost();
    const world = await WorkerWorld.against(of(host));
    world.deploy({ command: 'ping -n 600 127.0.0.1' });
    await world.workUntil(
      (l) => l.status === 'running' && l.entries.some((e) => e.record.kind === 'stepStarted'),
    );
    await host.restart({ offlineMs: 2_000 });
    await world.workUntil(isFinal(world));
    expect(world.ledger.outcome).toBe('interrupted');
    expect(attemptsBegun(host)).toBe(1);
  });

  it('starts Remote Registry where it is stopped', async () => {
    const host = freshHost();
    host.services.configure('RemoteRegistry', { state: 'stopped', startType: 'manual' });
    const world = await WorkerWorld.against(of(host));
    await world.workUntil(isFinal(world));
    expect(world.ledger.outcome).toBe('succeeded');
    expect(world.ledger.facts[0]?.verdicts?.find((v) => v.requirement === 'REQ-9')?.result).toBe('fixed');
  });

  it.each([
    ['wrongPassword', 'logonRefused'],
    ['accountLocked', 'logonRefused'],
    ['accountDisabled', 'logonRefused'],
    ['accountExpired', 'logonRefused'],
    ['passwordExpired', 'logonRefused'],
    ['logonTypeNotGranted', 'logonRefused'],
    ['clockSkew', 'logonRefused'],
  ] as const)('says %s when the computer does', async (logon, status) => {
    const host = freshHost();
    await host.faults.set({ logon });
    const world = await WorkerWorld.against(of(host));
    await world.step();
    expect(world.ledger.status).toBe(status);
    expect(world.ledger.lastFact?.cause).toMatchObject({ reason: logon, remedy: expect.any(String) });
  });

  it.each([
    ['noAdministrativeRight', 'accessDenied'],
    ['filteredToken', 'accessDenied'],
  ] as const)('says that rights are missing with %s', async (fault, reason) => {
    const host = freshHost();
    await host.faults.set({ [fault]: true });
    const world = await WorkerWorld.against(of(host));
    await world.step();
    expect(world.ledger.status).toBe('requirementsNotMet');
    expect(world.ledger.lastFact?.cause?.reason).toBe(reason);
  });

  it('is put to sleep when its computer stays silent', async () => {
    const host = freshHost();
    await host.faults.set({ reachability: 'silent' });
    const world = await WorkerWorld.against(of(host));
    await world.step();
    expect(world.ledger.status).toBe('sleeping');
  });

  it('survives a computer that answers with garbage', async () => {
    const host = freshHost();
    await host.faults.set({ reachability: 'hostile' });
    const world = await WorkerWorld.against(of(host));
    await world.step();
    expect(['sleeping', 'requirementsNotMet']).toContain(world.ledger.status);
  });
});
