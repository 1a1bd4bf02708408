import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary, type Binary } from './find-binary';
import { freePort } from './free-port';
import { endByPidFile } from './process-identity';
import { says, secretOf } from './redis';
import { startServerProcess, type ServerProcess } from './server-process';

const payloadMaxBytes = 8 * 1024 * 1024;
/** Room for all streams at their limits; a file store grows only as it is used. */
const fileStoreMaxBytes = 8 * 1024 * 1024 * 1024;

export interface RunningNats extends ServerProcess {
  url: string;
  port: number;
}

/** NATS with JetStream on file storage. `sync_interval: always` where the server knows it, from 2.10 on. */
export async function startNats(options: {
  folder: string;
  durable: boolean;
  port?: number;
  progress?: (line: string) => void;
}): Promise<RunningNats> {
  const { folder, durable } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await endByPidFile(join(folder, 'pid'));
  const binary = await findBinary('nats-server', options.progress);
  const password = secretOf(join(folder, 'password'));
  const port = await freePort(options.port);
  const configuration = join(folder, 'nats.conf');
  const sync = durable && knowsSyncAlways(binary) ? '\n  sync_interval: always' : '';
  writeFileSync(
    configuration,
    `host: 127.0.0.1
port: ${port}
max_payload: ${payloadMaxBytes}
authorization { user: drover, password: "${password}" }
jetstream {
  store_dir: ${JSON.stringify(join(folder, 'jetstream'))}
  max_file_store: ${fileStoreMaxBytes}${sync}
}
`,
    { mode: 0o600 },
  );
  const hello = JSON.stringify({ user: 'drover', pass: password, verbose: false, pedantic: false });
  const process = await startServerProcess({
    name: 'NATS',
    folder,
    command: binary.command,
    args: [...binary.args, '-c', configuration],
    env: binary.env,
    durable,
    endSignal: 'SIGTERM',
    isReady: () => says(port, `CONNECT ${hello}\r\nPING\r\n`, 'PONG'),
  });
  return { ...process, port, url: `nats://drover:${password}@127.0.0.1:${port}` };
}

function knowsSyncAlways(binary: Binary): boolean {
  const env = { ...process.env, ...binary.env };
  const said = execFileSync(binary.command, [...binary.args, '--version'], { encoding: 'utf8', env });
  const [, major = '0', minor = '0'] = /v?(\d+)\.(\d+)/.exec(said) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
}
