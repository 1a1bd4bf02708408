/** Captures loopback traffic of one address with dumpcap and reads it with tshark: a party that decodes by itself. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually';

const dumpcap = '/usr/bin/dumpcap';
const tshark = '/usr/bin/tshark';
const outputMaxBytes = 64 * 1_048_576;

export const tsharkIsInstalled = (): boolean =>
  existsSync(dumpcap) && existsSync(tshark) && process.getuid?.() === 0;

/** `describe`, or a skipped one whose name says why. */
export function describeTshark(name: string, tests: () => void): void {
  if (tsharkIsInstalled()) describe(name, tests);
  else describe.skip(`${name} (skipped: tshark or root is missing)`, tests);
}

export interface Capture {
  /** Ends the capture once everything has been written to the file. */
  stop(): Promise<void>;
  /**
   * The values of fields in the packets that a display filter selects, one row a packet, empty where absent.
   * @param password decrypts what was encrypted.
   */
  fields(filter: string, names: string[], password?: string): Promise<string[][]>;
  remove(): Promise<void>;
}

export async function startCapture(address: string, port = 445): Promise<Capture> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-capture-'));
  const file = join(folder, 'capture.pcapng');
  const filter = `host ${address} and tcp port ${port}`;
  const child = spawn(dumpcap, ['-q', '-i', 'lo', '-B', '64', '-f', filter, '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  await eventually(async () => (said.includes('File:') && existsSync(file) ? true : undefined));
  return {
    async stop() {
      let sizeBytes = -1;
      await eventually(async () => {
        const before = sizeBytes;
        sizeBytes = (await stat(file)).size;
        return sizeBytes > 1_024 && sizeBytes === before ? true : undefined;
      });
      child.kill('SIGINT');
      await exited;
    },
    async fields(display, names, password) {
      const secrets = password === undefined ? [] : ['-o', `ntlmssp.nt_password:${password}`];
      const columns = names.flatMap((name) => ['-e', name]);
      const { stdout } = await promisify(execFile)(
        tshark,
        ['-r', file, ...secrets, '-Y', display, '-T', 'fields', '-E', 'separator=/t', ...columns],
        { maxBuffer: outputMaxBytes },
      );
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'));
    },
    async remove() {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
