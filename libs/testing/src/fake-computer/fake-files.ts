import { RemoteError, type RemoteFiles } from '@drover/windows-remote';
import type { FakeComputer } from './fake-computer';

/** C$ of a fake computer. Names are compared without regard to case, as Windows does. */
export const fakeFiles = (computer: FakeComputer, arrives: Arrives): RemoteFiles => ({
  ...readingOf(computer, arrives),
  ...changingOf(computer, arrives),
});

type Arrives = (operation: string) => Promise<void>;
type Changing = Pick<RemoteFiles, 'write' | 'rename' | 'delete' | 'makeDirectory' | 'setSecurity'>;

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('\\')).toLowerCase();
const isDirectory = (computer: FakeComputer, path: string): boolean =>
  computer.directories.has(path.toLowerCase());
const notFound = (path: string): RemoteError =>
  new RemoteError('refused', 'notFound', `could not open ${path}`);
const alreadyExists = (path: string): RemoteError =>
  new RemoteError('refused', 'alreadyExists', `could not create ${path}`);

function changingOf(computer: FakeComputer, arrives: Arrives): Changing {
  return {
    async write(path, data, options) {
      await arrives(`files.write ${path}`);
      if (!isDirectory(computer, parentOf(path))) throw notFound(path);
      if (options?.mode !== 'overwrite' && computer.files.has(path.toLowerCase())) throw alreadyExists(path);
      computer.files.set(path.toLowerCase(), Buffer.from(data));
    },
    async rename(from, to, options) {
      await arrives(`files.rename ${to}`);
      const file = computer.files.get(from.toLowerCase());
      if (!file) throw notFound(from);
      if (!options?.replace && computer.files.has(to.toLowerCase())) throw alreadyExists(to);
      computer.files.delete(from.toLowerCase());
      computer.files.set(to.toLowerCase(), file);
    },
    async delete(path) {
      await arrives(`files.delete ${path}`);
      return computer.files.delete(path.toLowerCase()) || computer.directories.delete(path.toLowerCase());
    },
    async makeDirectory(path) {
      await arrives(`files.makeDirectory ${path}`);
      if (isDirectory(computer, path)) return 'existed';
      if (!isDirectory(computer, parentOf(path))) throw notFound(path);
      computer.directories.add(path.toLowerCase());
      return 'created';
    },
    async setSecurity(path) {
      await arrives(`files.setSecurity ${path}`);
      if (!isDirectory(computer, path) && !computer.files.has(path.toLowerCase())) throw notFound(path);
    },
  };
}

function readingOf(computer: FakeComputer, arrives: Arrives): Omit<RemoteFiles, keyof Changing> {
  return {
    connect: () => arrives('files.connect'),
    async read(path, options) {
      await arrives(`files.read ${path}`);
      const file = computer.files.get(path.toLowerCase());
      if (!file) throw notFound(path);
      const offset = options?.offset ?? 0;
      return Buffer.from(file.subarray(offset, offset + (options?.length ?? file.length)));
    },
    async stat(path) {
      await arrives(`files.stat ${path}`);
      const file = computer.files.get(path.toLowerCase());
      if (!file && !isDirectory(computer, path)) return undefined;
      return { sizeBytes: file?.length ?? 0, modifiedAt: computer.now, isDirectory: !file };
    },
    async list(directory, pattern = '*') {
      await arrives(`files.list ${directory}`);
      if (!isDirectory(computer, directory)) throw notFound(directory);
      const prefix = pattern.replace(/\*$/, '').toLowerCase();
      return [...computer.files]
        .filter(([path]) => parentOf(path) === directory.toLowerCase())
        .map(([path, data]) => ({
          name: path.slice(path.lastIndexOf('\\') + 1),
          sizeBytes: data.length,
          isDirectory: false,
        }))
        .filter((entry) => entry.name.startsWith(prefix));
    },
    async freeSpaceBytes() {
      await arrives('files.freeSpaceBytes');
      return 1n << 40n;
    },
  };
}
