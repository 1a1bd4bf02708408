/** Brings everything up in one process, and takes everything down again. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readFirstPassword } from '@drover/gateway';
import { Bus, Sealer, ensureKeyPair, loadConfiguration, type Configuration } from '@drover/platform';
import {
  freePort,
  keepPorts,
  keptPorts,
  livingPid,
  startServers,
  writePidFile,
  type RunningServers,
  type ServerName,
} from '@drover/testing';
import { startFleet, type Fleet } from './fleet';
import type { Progress } from './progress';
import { seed } from './seeds';
import { startServices, type RunningServices } from './services';
import type { StandaloneSettings } from './settings';

export interface RunningDrover {
  url: string;
  stateFolder: string;
  fleet: Fleet | undefined;
  firstPassword: string | undefined;
  isFirstStart: boolean;
  /** Ends the services, the simulated computers and the servers, in this order. */
  close(): Promise<void>;
}

const defaultPort = 8420;

/** @throws Error when another Drover uses the folder, or something does not start; what had started is ended. */
export async function startDrover(settings: StandaloneSettings, progress: Progress): Promise<RunningDrover> {
  const base = loadConfiguration({
    ...process.env,
    ...(settings.stateFolder !== undefined && { DROVER_STATE: settings.stateFolder }),
  });
  const { stateFolder } = base;
  claim(stateFolder);
  const isFirstStart = !existsSync(join(stateFolder, 'keys'));
  let servers: RunningServers | undefined;
  let fleet: Fleet | undefined;
  let services: RunningServices | undefined;
  const close = async (): Promise<void> => {
    await services?.close();
    await fleet?.end();
    await servers?.stop();
    rmSync(pidFile(stateFolder), { force: true });
  };
  try {
    await ensureKeyPair(base);
    const only = embedded(base);
    servers = await progress.phase('servers', () =>
      startServers({ stateFolder, durable: true, only, progress: (line) => progress.say(line) }),
    );
    const configuration = configured(base, servers);
    if (settings.hasFleet) {
      fleet = await progress.phase('simulated computers', () => startFleet(stateFolder));
      if (fleet.isAdopted) progress.say('they were still running');
    }
    const port = await apiPort(stateFolder, settings.port ?? givenPort());
    services = await progress.phase('services', () => startServices(configuration, port));
    const { app } = services.gateway;
    const get = <T>(type: new (...input: never[]) => T): T => app.get<T>(type, { strict: false });
    const simulated = fleet;
    if (simulated) {
      await progress.phase('sample data', () =>
        seed(stateFolder, get(Bus as never), get(Sealer as never), simulated),
      );
    }
    return {
      url: services.gateway.url ?? `http://127.0.0.1:${port}`,
      stateFolder,
      fleet,
      firstPassword: await readFirstPassword(stateFolder),
      isFirstStart,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const pidFile = (stateFolder: string): string => join(stateFolder, 'standalone.pid');

/** One Drover per state folder: two would take each other's servers away. */
function claim(stateFolder: string): void {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const pid = livingPid(pidFile(stateFolder));
  if (pid !== undefined && pid !== process.pid) {
    throw new Error(
      `Drover is already running with ${stateFolder} (process ${pid}); end it first, or use --state`,
    );
  }
  writePidFile(pidFile(stateFolder), process.pid);
}

/** The servers that no URL replaces. */
function embedded(configuration: Configuration): ServerName[] {
  const urls = {
    postgres: configuration.databaseUrl,
    redis: configuration.redisUrl,
    nats: configuration.natsUrl,
  };
  return (Object.keys(urls) as ServerName[]).filter((name) => urls[name] === undefined);
}

function configured(base: Configuration, servers: RunningServers): Configuration {
  return {
    ...base,
    databaseUrl: base.databaseUrl ?? servers.databaseUrl,
    redisUrl: base.redisUrl ?? servers.redisUrl,
    natsUrl: base.natsUrl ?? servers.natsUrl,
    logFile: base.logFile ?? join(base.stateFolder, 'drover.log'),
  };
}

const givenPort = (): number | undefined =>
  process.env['DROVER_PORT'] ? loadConfiguration().port : undefined;

/** The port that was asked for, or the last one, or the usual one, or any that is free; kept for the command line. */
async function apiPort(stateFolder: string, asked: number | undefined): Promise<number> {
  const port = await freePort(asked ?? keptPorts(stateFolder)['gateway'] ?? defaultPort);
  if (asked !== undefined && asked !== 0 && port !== asked) throw new Error(`port ${asked} is taken`);
  keepPorts(stateFolder, { gateway: port });
  return port;
}
