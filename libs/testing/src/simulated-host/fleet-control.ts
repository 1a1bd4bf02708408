/** Commands to a running fleet, as JSON: what a test asks of computers that live in a process of their own. */
import { z } from 'zod';
import { logonFaults, type FaultSettings } from './faults';
import type { SimulatedFleet } from './fleet';
import type { SimulatedHost } from './simulated-host';

const logons = ['normal', ...Object.keys(logonFaults)] as [
  FaultSettings['logon'],
  ...FaultSettings['logon'][],
];

/** Faults to change; `cut: null` ends a cut. */
const faultChange = z.strictObject({
  reachability: z.enum(['online', 'offline', 'filtered', 'silent', 'hostile']).optional(),
  logon: z.enum(logons).optional(),
  noAdministrativeRight: z.boolean().optional(),
  filteredToken: z.boolean().optional(),
  replyDelayMs: z.int().min(0).max(600_000).optional(),
  cut: z
    .strictObject({
      direction: z.enum(['toHost', 'fromHost']),
      afterBytes: z.int().min(0),
      times: z.int().min(1).optional(),
    })
    .nullable()
    .optional(),
  garbledReplies: z.boolean().optional(),
  batchLogonMissing: z.boolean().optional(),
});

const service = z.strictObject({
  name: z.string(),
  state: z.enum(['stopped', 'running']).optional(),
  startType: z.enum(['automatic', 'manual', 'disabled']).optional(),
});

/** `host` is a computer's name, or `*` for all. */
const fleetCommand = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('setFaults'), host: z.string(), faults: faultChange }),
  z.strictObject({ do: z.literal('clearFaults'), host: z.string() }),
  z.strictObject({ do: z.literal('restart'), host: z.string(), offlineMs: z.int().min(0).optional() }),
  z.strictObject({ do: z.literal('configureService'), host: z.string(), service }),
  z.strictObject({ do: z.literal('dropConnections'), host: z.string() }),
]);

export type FleetCommand = z.infer<typeof fleetCommand>;

/**
 * Carries a command out and resolves when it is in force; a restart when the computer is back.
 * @throws ZodError for a command of a wrong shape, RangeError for a computer that does not exist.
 */
export async function controlFleet(fleet: SimulatedFleet, given: unknown): Promise<void> {
  const command = fleetCommand.parse(given);
  const hosts = fleet.hosts.filter((host) => command.host === '*' || host.name === command.host);
  if (hosts.length === 0) throw new RangeError(`no such computer: ${command.host}`);
  await Promise.all(
    hosts.map(async (host) => {
      switch (command.do) {
        case 'setFaults': {
          const { cut, ...faults } = command.faults;
          const change = cut === undefined ? faults : { ...faults, cut: cut ?? undefined };
          // What JSON leaves out is absent, not undefined: nothing that is in force is overwritten.
          return host.faults.set(change as Partial<FaultSettings>);
        }
        case 'clearFaults':
          return host.faults.clear();
        case 'restart':
          return host.restart(command.offlineMs === undefined ? {} : { offlineMs: command.offlineMs });
        case 'configureService':
          return configureService(host, command.service);
        case 'dropConnections':
          return host.dropConnections();
      }
    }),
  );
}

function configureService(host: SimulatedHost, { name, state, startType }: z.infer<typeof service>): void {
  if (state !== undefined) host.services.configure(name, { state });
  if (startType !== undefined) host.services.configure(name, { startType });
}
