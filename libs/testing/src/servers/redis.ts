import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port';
import { endByPidFile } from './process-identity';
import { findBinary } from './find-binary';
import { startServerProcess, type ServerProcess } from './server-process';

const answerWithinMs = 500;

export interface RunningRedis extends ServerProcess {
  url: string;
  port: number;
}

/** Redis with a password of its own; durable means that every write is on the disk before it is acknowledged. */
export async function startRedis(options: {
  folder: string;
  durable: boolean;
  port?: number;
  progress?: (line: string) => void;
}): Promise<RunningRedis> {
  const { folder, durable } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await endByPidFile(join(folder, 'pid'));
  const binary = await findBinary('redis-server', options.progress);
  const password = secretOf(join(folder, 'password'));
  const port = await freePort(options.port);
  const configuration = join(folder, 'redis.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${JSON.stringify(folder)}`,
    `requirepass ${password}`,
    'maxmemory-policy noeviction',
    'save ""',
    durable ? 'appendonly yes' : 'appendonly no',
    'appendfsync always',
  ];
  writeFileSync(configuration, `${settings.join('\n')}\n`, { mode: 0o600 });
  const process = await startServerProcess({
    name: 'Redis',
    folder,
    command: binary.command,
    args: [...binary.args, configuration],
    env: binary.env,
    durable,
    endSignal: 'SIGTERM',
    isReady: () => says(port, `AUTH ${password}\r\nPING\r\n`, '+PONG'),
  });
  return { ...process, port, url: `redis://:${password}@127.0.0.1:${port}` };
}

/** A secret of the folder, made at first use. */
export function secretOf(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Whether a line protocol on a port answers a question with the expected words. */
export function says(port: number, question: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let heard = '';
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerWithinMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write(question));
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      if (heard.includes(expected)) end(true);
    });
  });
}
