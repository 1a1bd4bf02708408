/** `windows-remote files`: what lies on C$. */
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { WindowsHost } from '../host/windows-host';
import { RemoteError } from '../status/remote-error';
import type { Terminal } from './terminal';
import { table } from './terminal';
import type { Verb } from './verb';
import { answer } from './verb';

/** Read and written at a time, so that a large file costs no more memory than this. */
const pieceBytes = 4 * 1_048_576;

/** `C:\Windows`, `C:/Windows` and `Windows` are the same place. */
export const onDrive = (path: string): string =>
  path
    .replaceAll('/', '\\')
    .replace(/^c:/i, '')
    .replace(/^\\+|\\+$/g, '');

const missing = (path: string): RemoteError =>
  new RemoteError('refused', 'notFound', `there is no ${path} on the computer`);

export const files: Readonly<Record<string, Verb>> = {
  ls: {
    usage: '[DIRECTORY]',
    summary: 'list a directory of C:',
    argumentsMin: 0,
    argumentsMax: 1,
    async run(host, [directory = ''], terminal, options) {
      const found = await host.files.list(onDrive(directory));
      const rows = found.map((one) => [one.isDirectory ? '<DIR>' : String(one.sizeBytes), one.name]);
      answer(terminal, options, found, table(rows));
    },
  },
  get: {
    usage: 'REMOTE LOCAL|-',
    summary: 'copy a file from the computer',
    argumentsMin: 2,
    argumentsMax: 2,
    run: (host, [remote = '', local = ''], terminal) => get(host, onDrive(remote), local, terminal),
  },
  put: {
    usage: 'LOCAL REMOTE [--force]',
    summary: 'copy a file to the computer; --force replaces one that is there',
    argumentsMin: 2,
    argumentsMax: 2,
    async run(host, [local = '', remote = ''], _terminal, { force }) {
      const data = await readFile(local);
      await host.files.write(onDrive(remote), data, { mode: force ? 'overwrite' : 'create' });
    },
  },
  rm: {
    usage: 'PATH',
    summary: 'delete a file or an empty directory',
    argumentsMin: 1,
    argumentsMax: 1,
    async run(host, [path = '']) {
      if (!(await host.files.delete(onDrive(path)))) throw missing(path);
    },
  },
};

async function get(host: WindowsHost, remote: string, local: string, terminal: Terminal): Promise<void> {
  const found = await host.files.stat(remote);
  if (found === undefined || found.isDirectory) throw missing(remote);
  if (local === '-') return inPieces(host, remote, async (piece) => terminal.write(piece));
  const target = createWriteStream(local, { flags: 'wx' });
  await once(target, 'open');
  try {
    await inPieces(host, remote, async (piece) => {
      if (!target.write(piece)) await once(target, 'drain');
    });
    target.end();
    await once(target, 'close');
  } catch (error) {
    target.destroy();
    await rm(local, { force: true });
    throw error;
  }
}

async function inPieces(
  host: WindowsHost,
  remote: string,
  take: (piece: Buffer) => Promise<void>,
): Promise<void> {
  for (let offset = 0; ;) {
    const piece = await host.files.read(remote, { offset, length: pieceBytes });
    if (piece.length === 0) return;
    await take(piece);
    offset += piece.length;
  }
}
