/**
 * Many simulated computers in one process. Each has its own loopback address and one port for all; where only 127.0.0.1
 * exists (macOS), each has its own port instead. For thousands, `wideListener` takes connections for all of them on one
 * socket and drops at once whatever did not come over loopback.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { SimulatedHost, type SimulatedHostOptions } from './simulated-host';

export interface FleetOptions {
  /** How many computers to make up; or give `hosts`. */
  count?: number;
  hosts?: (Partial<SimulatedHostOptions> & { name?: string })[];
  /** First three numbers of the addresses that are made up: 127.13.1 by default. */
  subnet?: string;
  /** The port of every computer; 0, the default, takes one that is free on the first address. */
  port?: number;
  username?: string;
  password?: string;
  stateFolder?: string;
  clock?: { speed?: number; offsetMs?: number };
  /** One listener for all addresses. Then an offline computer resets connections and a filtered one stays silent. */
  wideListener?: boolean;
  /** Given to every host that does not say otherwise. */
  defaults?: Partial<SimulatedHostOptions>;
}

export interface SimulatedFleet {
  hosts: SimulatedHost[];
  close(): Promise<void>;
}

/** Starts the computers and resolves when all of them listen. */
export async function startSimulatedFleet(options: FleetOptions): Promise<SimulatedFleet> {
  const wanted = options.hosts ?? Array.from({ length: options.count ?? 1 }, () => ({}));
  if (wanted.length > hostsMax) throw new RangeError(`a fleet has at most ${hostsMax} computers`);
  const hosts: SimulatedHost[] = [];
  let port = options.port ?? 0;
  try {
    for (const [index, given] of wanted.entries()) {
      const host = new SimulatedHost(hostOptions(options, given, index, port));
      hosts.push(host);
      if (options.wideListener === true) continue;
      await host.listen();
      // One port for all addresses; on one address a port each, counting up from the one that was asked for.
      if (hasManyLoopbackAddresses) port = host.port;
      else if (port !== 0) port += 1;
    }
    const wide = options.wideListener === true ? await listenWide(hosts, port) : undefined;
    return { hosts, close: () => closeFleet(hosts, wide) };
  } catch (error) {
    await closeFleet(hosts, undefined);
    throw error;
  }
}

function hostOptions(
  options: FleetOptions,
  given: Partial<SimulatedHostOptions>,
  index: number,
  port: number,
): SimulatedHostOptions {
  const name = given.name ?? `PC-${String(index + 1).padStart(4, '0')}`;
  return {
    username: options.username ?? defaultUsername,
    password: options.password ?? defaultPassword,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...options.defaults,
    ...given,
    name,
    address:
      given.address ??
      (hasManyLoopbackAddresses ? addressOf(options.subnet ?? defaultSubnet, index) : '127.0.0.1'),
    port: given.port ?? port,
    ...(options.stateFolder === undefined
      ? {}
      : { stateFolder: given.stateFolder ?? join(options.stateFolder, name) }),
  };
}

/** Addresses count up from .11; the third number rises after 200 of them. */
function addressOf(subnet: string, index: number): string {
  const [first, second, third] = subnet.split('.').map(Number) as [number, number, number];
  const row = third + Math.floor(index / addressesPerRow);
  return `${first}.${second + Math.floor(row / 256)}.${row % 256}.${firstAddress + (index % addressesPerRow)}`;
}

async function listenWide(hosts: SimulatedHost[], port: number): Promise<Server> {
  const byAddress = new Map(hosts.map((host) => [host.address, host]));
  const server = createServer((socket: Socket) => {
    const local = socket.localAddress?.replace(/^::ffff:/, '') ?? '';
    const host = local.startsWith('127.') ? byAddress.get(local) : undefined;
    if (host === undefined) socket.destroy();
    else host.accept(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', wideBacklog, resolve);
  });
  const bound = server.address();
  if (bound !== null && typeof bound === 'object') for (const host of hosts) host.shareListener(bound.port);
  return server;
}

async function closeFleet(hosts: SimulatedHost[], wide: Server | undefined): Promise<void> {
  const wideClosed =
    wide === undefined ? undefined : new Promise<void>((resolve) => wide.close(() => resolve()));
  await Promise.all(hosts.map((host) => host.close()));
  await wideClosed;
}

const hasManyLoopbackAddresses = process.platform === 'linux' || process.platform === 'win32';
const hostsMax = 100_000;
const defaultSubnet = '127.13.1';
const firstAddress = 11;
const addressesPerRow = 200;
const wideBacklog = 4096;
export const defaultUsername = 'Administrator';
/** The simulated computers' password: they listen on loopback only and hold nothing. */
export const defaultPassword = 'Simulated-1!';
