/**
 * A Windows-like computer for end-to-end tests: one Wine prefix, its registry and its processes. Making a prefix takes ten
 * seconds, so a template is kept under `.drover/test/wine` and each computer is a copy of it whose files are hard links.
 *
 * Commands go through `launch.exe`, compiled on first use, because Wine re-quotes what it is given from Linux and Linux sees
 * only 8 bits of an exit code. Wine never gets a pipe for its output: its server would inherit and hold it.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = join(__dirname, '..', '..', '..', '..', '.drover', 'test', 'wine');
const compiler = 'x86_64-w64-mingw32-gcc';
const commandLimitMs = 120_000;
/** On a busy machine Wine now and then fails to start a program at all. */
const startsMax = 3;
/** What launch.c ends with when Wine could not create the process. */
const launchRefused = 4;

/** Why Wine tests cannot run here; undefined when they can. */
export const whyNoWine = (): string | undefined => {
  const absent = ['wine', compiler].filter((name) => !existsSync(join('/usr/bin', name)));
  return absent.length > 0 ? `${absent.join(' and ')} not installed` : undefined;
};

export interface WineResult {
  /** Unsigned, 32 bits. */
  exitCode: number;
  /** What the command printed, as its bytes. */
  output: Buffer;
}

export class WineComputer {
  private commands = 0;
  private keepalive: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** A fresh computer, with `C:\Windows\Drover` on it. Close it, or its processes stay. */
  static async start(): Promise<WineComputer> {
    mkdirSync(cacheFolder, { recursive: true });
    removeLeftOver();
    const template = await preparedTemplate();
    const folder = mkdtempSync(join(cacheFolder, `computer-${process.pid}-`));
    await run('cp', ['-al', join(template, 'drive_c'), folder]);
    const copied = ['dosdevices', 'system.reg', 'user.reg', 'userdef.reg', '.update-timestamp'];
    for (const name of copied)
      cpSync(join(template, name), join(folder, name), { recursive: true, verbatimSymlinks: true });
    const computer = new WineComputer(folder, wineEnvironment(folder));
    mkdirSync(computer.path('windows', 'Drover'));
    await run(compiler, ['-municode', '-O1', '-s', '-o', computer.launcher, join(__dirname, 'launch.c')]);
    computer.keepalive = computer.spawn([computer.launcher, 'keepalive']);
    return computer;
  }

  private get launcher(): string {
    return join(this.folder, 'launch.exe');
  }

  /** As a restart does: every process ends without another word, and volatile registry keys are gone. */
  async restart(): Promise<void> {
    await this.endAll();
    this.keepalive = this.spawn([this.launcher, 'keepalive']);
  }

  /** A path on drive C as Linux sees it. */
  path(...names: string[]): string {
    return join(this.folder, 'drive_c', ...names);
  }

  /** Runs a command line exactly as it stands and waits for its end. */
  async run(commandLine: string): Promise<WineResult> {
    const files = ['command', 'output', 'result'].map((name) =>
      join(this.folder, `${++this.commands}-${name}`),
    );
    const [command = '', output = '', result = ''] = files;
    writeFileSync(command, Buffer.from(commandLine, 'utf16le'));
    for (let start = 1; ; start += 1) {
      const launch = this.spawn([this.launcher, ...files.map(windowsPath)]);
      await finished(launch);
      if (existsSync(result)) break;
      // The launcher opens the output before it starts the command: without it, or with its code 4, nothing was started.
      const hasStarted = existsSync(output) && launch.exitCode !== launchRefused;
      if (hasStarted || start >= startsMax)
        throw new Error(
          `Wine did not run (launcher ended with ${launch.exitCode ?? launch.signalCode}): ${commandLine}`,
        );
    }
    return { exitCode: Number(readFileSync(result, 'latin1')), output: readFileSync(output) };
  }

  /**
   * Sets one value below `HKLM\` in the 64-bit view.
   * @param data bytes for REG_BINARY, a number for REG_DWORD.
   */
  async setValue(key: string, name: string, data: Buffer | number): Promise<void> {
    const value = Buffer.isBuffer(data)
      ? `hex:${[...data].map((byte) => byte.toString(16).padStart(2, '0')).join(',')}`
      : `dword:${data.toString(16).padStart(8, '0')}`;
    const file = join(this.folder, `${++this.commands}.reg`);
    const lines = [
      'Windows Registry Editor Version 5.00',
      '',
      `[HKEY_LOCAL_MACHINE\\${key}]`,
      `"${name}"=${value}`,
      '',
    ];
    writeFileSync(file, lines.join('\r\n'));
    await finished(this.spawn(['regedit', windowsPath(file)]));
  }

  /** The Linux process ids of this computer's processes whose command line matches. */
  processes(commandLine: RegExp): number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      const found = readIfThere(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
      const isOurs = readIfThere(`/proc/${name}/environ`).split('\0').includes(`WINEPREFIX=${this.folder}`);
      return isOurs && commandLine.test(found) ? [Number(name)] : [];
    });
  }

  /** Ends every process of this computer and removes it. */
  async close(): Promise<void> {
    await this.endAll();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async endAll(): Promise<void> {
    for (const what of ['-k', '-w'])
      await finished(spawn('wineserver', [what], { env: this.env, stdio: 'ignore' }));
    if (this.keepalive) await finished(this.keepalive);
  }

  private spawn(args: string[]): ChildProcess {
    return spawn('wine', args, { env: this.env, stdio: 'ignore', cwd: this.folder });
  }
}

async function finished(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), commandLimitMs);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(limit);
      resolve();
    });
  });
}

/** What test runs that were killed have left: folders are named by the process that made them. */
function removeLeftOver(): void {
  for (const name of readdirSync(cacheFolder)) {
    const owner = /^(?:computer|template)-(\d+)-/.exec(name)?.[1];
    if (owner && !existsSync(`/proc/${owner}`))
      rmSync(join(cacheFolder, name), { recursive: true, force: true });
  }
}

/** Made under another name first, so that two test runs cannot see half of one. */
async function preparedTemplate(): Promise<string> {
  const template = join(cacheFolder, 'template');
  if (existsSync(template)) return template;
  const fresh = mkdtempSync(join(cacheFolder, `template-${process.pid}-`));
  const env = wineEnvironment(fresh);
  await finished(spawn('wineboot', ['-i'], { env, stdio: 'ignore' }));
  await finished(spawn('wineserver', ['-w'], { env, stdio: 'ignore' }));
  if (existsSync(template)) rmSync(fresh, { recursive: true });
  else renameSync(fresh, template);
  return template;
}

const wineEnvironment = (prefix: string): NodeJS.ProcessEnv => ({
  ...process.env,
  WINEPREFIX: prefix,
  WINEDEBUG: '-all',
  DISPLAY: '',
  WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
});

const windowsPath = (linuxPath: string): string => `Z:${linuxPath.replaceAll('/', '\\')}`;

/** A process may end between being listed and being read. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
