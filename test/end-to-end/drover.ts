/**
 * A standalone Drover in a process of its own, as an operator would have it, for the end-to-end suites: start it,
 * talk to its HTTP API, kill it without warning, start it again on the same state.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DroverApi, eventually } from './drover-api';

const root = join(__dirname, '..', '..');
const startLimitMs = 120_000;

export interface DroverOptions {
  stateFolder: string;
  /** More arguments for the standalone process, such as --no-fleet. */
  arguments?: string[];
  environment?: Record<string, string>;
}

export class Drover extends DroverApi {
  private constructor(
    private readonly options: DroverOptions,
    private readonly child: ChildProcess,
    url: string,
    token: string,
  ) {
    super(url, token);
  }

  /** Starts it and logs in with the first password. Resolves when the API is ready. */
  static async start(options: DroverOptions): Promise<Drover> {
    mkdirSync(options.stateFolder, { recursive: true });
    const log = createWriteStream(join(options.stateFolder, 'standalone.log'), { flags: 'a' });
    const child = spawn(
      process.execPath,
      ['apps/standalone/dist/main.js', '--state', options.stateFolder, ...(options.arguments ?? [])],
      {
        cwd: root,
        env: { ...process.env, ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-20_000);
        log.write(chunk);
      });
    }
    const ports = join(options.stateFolder, 'ports.json');
    const ready = await eventually(
      'the standalone process is ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`standalone ended with ${child.exitCode}:\n${output}`);
        if (!output.includes('Drover is ready')) return undefined;
        const url = `http://127.0.0.1:${(JSON.parse(readFileSync(ports, 'utf8')) as { gateway: number }).gateway}`;
        const answer = await fetch(`${url}/health/ready`).catch(() => undefined); // tidy: it is not listening yet
        return answer?.ok ? url : undefined;
      },
      startLimitMs,
    ).catch((error: Error) => {
      child.kill('SIGKILL');
      throw new Error(`${error.message}\n${output}`, { cause: error });
    });
    const password = readFileSync(join(options.stateFolder, 'first-password'), 'utf8').trim();
    const token = await DroverApi.logIn(ready, password);
    return new Drover(options, child, ready, token);
  }

  /** Ends the process as a power cut would. The servers and the fleet are processes of their own. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Ends it as Ctrl-C would. @returns its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    await this.ended();
    return this.child.exitCode;
  }

  private async ended(): Promise<void> {
    await eventually('the standalone process has ended', () =>
      this.child.exitCode !== null || this.child.signalCode !== null ? true : undefined,
    );
  }

  async restart(): Promise<Drover> {
    return Drover.start(this.options);
  }
}
