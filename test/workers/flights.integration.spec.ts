/**
 * A dispatcher is killed, and frozen, before each flight of a dispatch, over real SMB; another one takes over. The
 * simulated computer's own ledger says how often it began, and what is left on it.
 */
import { startSimulatedFleet, type SimulatedFleet, type SimulatedHost } from '@drover/testing';
import { systemClock } from '@drover/remote-work';
import { WorkerWorld, type Ports } from './worker-world';

jest.setTimeout(120_000);

let fleet: SimulatedFleet;
let next = 0;

beforeAll(async () => {
  fleet = await startSimulatedFleet({ count: 150, subnet: '127.17.10', clock: { speed: 20 } });
});
afterAll(() => fleet.close());

const worldOnFreshHost = async (): Promise<{ host: SimulatedHost; world: WorkerWorld }> => {
  const host = fleet.hosts[next++];
  const account = host?.accounts[0];
  if (!host || !account) throw new Error('the fleet is too small');
  const { name, address, port } = host;
  return { host, world: await WorkerWorld.against({ name, address, port, ...account }, 'ready') };
};

/** The ports of a dispatcher for which `before` is called before each of its flights, counted from 1. */
const withFlights = (ports: Ports, before: (flight: number) => void | Promise<void>): Ports => {
  let flight = 0;
  return {
    ...ports,
    hosts: {
      connect: (address, credential, options) =>
        ports.hosts.connect(address, credential, {
          ...options,
          beforeFlight: async () => {
            await before(++flight);
            await options.beforeFlight?.();
          },
        }),
    },
  };
};

const isFinal = (world: WorkerWorld) => () => world.ledger.status === world.ledger.outcome;

interface Result {
  flight: number;
  begun: number;
  secondStarts: number;
  outcome: string;
  leftovers: string[];
}

const judge = async (flight: number, host: SimulatedHost, world: WorkerWorld): Promise<Result> => ({
  flight,
  begun: host.ledger.of('attemptBegun').length,
  secondStarts: host.ledger.of('secondStartRefused').length,
  outcome: world.ledger.status,
  leftovers: await world.leftovers(),
  ...(world.ledger.status === 'succeeded' ? {} : { cause: world.ledger.lastFact?.cause }),
});

const once = (flight: number): Result => ({
  flight,
  begun: 1,
  secondStarts: 0,
  outcome: 'succeeded',
  leftovers: [],
});

async function flightsOfADispatch(): Promise<number> {
  const { world } = await worldOnFreshHost();
  let flights = 0;
  await world.step(withFlights(world.ports, () => void flights++));
  expect(world.ledger.status).toBe('running');
  return flights;
}

const forEachFlight = async (work: (flight: number) => Promise<Result>): Promise<void> => {
  const flights = await flightsOfADispatch();
  expect(flights).toBeGreaterThan(8);
  const points = Array.from({ length: flights }, (_, index) => index + 1);
  expect(await Promise.all(points.map(work))).toEqual(points.map(once));
};

/** Freezes a dispatcher before one flight, lets others finish the whole deployment, and thaws it. */
async function freeze(flight: number, clockAdvanceMs: number): Promise<Result> {
  const { host, world } = await worldOnFreshHost();
  let advanceMs = 0;
  let thaw: () => void = () => undefined;
  const thawed = new Promise<void>((resolve) => (thaw = resolve));
  let isFrozen: () => void = () => undefined;
  const frozen = new Promise<void>((resolve) => (isFrozen = resolve));
  const ports: Ports = {
    ...withFlights(world.ports, async (current) => {
      if (current !== flight) return;
      isFrozen();
      await thawed;
    }),
    clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + advanceMs },
  };
  const first = world.step(ports).then(
    () => 'ended',
    (error: unknown) => String(error),
  );
  await frozen;
  await world.workUntil(isFinal(world));
  advanceMs = clockAdvanceMs;
  thaw();
  await first;
  return judge(flight, host, world);
}

describe('a dispatch', () => {
  it('begins once when its dispatcher is killed before any of its flights', () =>
    forEachFlight(async (flight) => {
      const { host, world } = await worldOnFreshHost();
      const dying = withFlights(world.ports, (current) => {
        if (current >= flight) throw new TypeError('killed');
      });
      await expect(world.step(dying)).rejects.toThrow();
      await world.workUntil(isFinal(world));
      return judge(flight, host, world);
    }));

  it('begins once when its dispatcher is killed before it can report', async () => {
    const { host, world } = await worldOnFreshHost();
    const { ledger } = world.ports;
    const dying: Ports = {
      ...world.ports,
      ledger: {
        assignment: () => ledger.assignment(world.ledger.targetId),
        grant: (reference) => ledger.grant(reference),
        progress: (entry) => ledger.progress(entry),
        report: () => Promise.reject(new TypeError('killed')),
      },
    };
    await expect(world.step(dying)).rejects.toThrow('killed');
    await world.workUntil(isFinal(world));
    expect(await judge(0, host, world)).toEqual(once(0));
    expect(world.ledger.facts.map((f) => f.fact)).toContain('adopted');
  });

  it('begins once when its dispatcher stands still for a minute before any of its flights', () =>
    forEachFlight((flight) => freeze(flight, 60_000)));

  it('begins once even when the dispatcher does not notice that it stood still', () =>
    forEachFlight((flight) => freeze(flight, 0)));

  it('begins once when the connection is cut after any number of bytes', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const { host, world } = await worldOnFreshHost();
        const direction = index % 2 === 0 ? 'toHost' : 'fromHost';
        await host.faults.set({ cut: { direction, afterBytes: 200 + index * 300, times: 1 } });
        await world.workUntil((ledger) => ledger.status === 'sleeping' || isFinal(world)());
        if (world.ledger.status === 'sleeping') {
          world.ledger.fold('probeDue');
          await world.workUntil(isFinal(world));
        }
        return judge(index, host, world);
      }),
    );
    expect(results).toEqual(results.map((_, index) => once(index)));
  });
});
