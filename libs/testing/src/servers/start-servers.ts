/** The three servers of a state folder: Postgres, Redis and NATS, on ports that are written down there. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { keepPorts, keptPorts } from './kept-ports';
import { startNats } from './nats';
import { startPostgres } from './postgres';
import { startRedis } from './redis';
import type { ServerProcess } from './server-process';

export type ServerName = 'postgres' | 'redis' | 'nats';

const startersOf = { postgres: startPostgres, redis: startRedis, nats: startNats };
const nameOf: Record<ServerName, string> = { postgres: 'Postgres', redis: 'Redis', nats: 'NATS' };
const bindRetries = 3;

export interface ServerSettings {
  /** Holds postgres/, redis/, nats/ and ports.json. */
  stateFolder: string;
  /** True: every acknowledged write is on the disk, and a later start continues with it. */
  durable: boolean;
  progress?: (line: string) => void;
  /** Those that are not given by a URL. */
  only?: ServerName[];
}

export interface RunningServers {
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  natsUrl: string | undefined;
  processes: Partial<Record<ServerName, ServerProcess>>;
  stop(): Promise<void>;
}

/**
 * Starts them side by side. Servers that a killed process left running in this folder are ended first. The ports
 * of the last start are used again when they are free.
 * @throws ServerError; whatever had started by then is stopped.
 */
export async function startServers(settings: ServerSettings): Promise<RunningServers> {
  const stateFolder = resolve(settings.stateFolder);
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  const wanted = settings.only ?? (['postgres', 'redis', 'nats'] as const);
  const ports = keptPorts(stateFolder);
  const started = await Promise.allSettled(
    wanted.map(async (name) => {
      const startedAt = Date.now();
      const server = await startOne(name, { ...settings, stateFolder }, ports[name]);
      settings.progress?.(
        `${nameOf[name]} on port ${server.port} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`,
      );
      return [name, server] as const;
    }),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(([, server]) => server.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const byName = Object.fromEntries(running) as Partial<Record<ServerName, (typeof running)[number][1]>>;
  keepPorts(stateFolder, Object.fromEntries(running.map(([name, server]) => [name, server.port])));
  return {
    databaseUrl: byName.postgres?.url,
    redisUrl: byName.redis?.url,
    natsUrl: byName.nats?.url,
    processes: byName,
    stop,
  };
}

/** Between finding a free port and binding it, another process may take it: then another port. */
async function startOne(name: ServerName, settings: ServerSettings, port: number | undefined) {
  const folder = join(settings.stateFolder, name);
  const progress = settings.progress;
  for (let attempt = 0; ; attempt += 1) {
    const preferred = attempt === 0 && port !== undefined ? { port } : {};
    try {
      return await startersOf[name]({
        folder,
        durable: settings.durable,
        ...preferred,
        ...(progress && { progress }),
      });
    } catch (error) {
      const isTaken = /address already in use|could not create any TCP\/IP sockets/i.test(String(error));
      if (!isTaken || attempt >= bindRetries) throw error;
    }
  }
}
