/** `windows-remote task`: Task Scheduler. */
import { RemoteError } from '../status/remote-error';
import { table } from './terminal';
import type { Verb } from './verb';
import { answer } from './verb';

const absolute = (path: string): string => `\\${path.replaceAll('/', '\\').replace(/^\\+|\\+$/g, '')}`;
const within = (folder: string, name: string): string =>
  folder === '\\' ? `\\${name}` : `${folder}\\${name}`;

export const tasks: Readonly<Record<string, Verb>> = {
  list: {
    usage: '[FOLDER]',
    summary: 'list the folders and tasks of a folder, with state and last result',
    argumentsMin: 0,
    argumentsMax: 1,
    async run(host, [path = '\\'], terminal, options) {
      const folder = absolute(path);
      const [folders, names] = await Promise.all([host.tasks.folders(folder), host.tasks.list(folder)]);
      const found = await Promise.all(
        names.map(async (name) => ({ name, ...(await host.tasks.state(within(folder, name))) })),
      );
      const rows = found.map(({ name, state, hasRun, lastResult }) => [
        name,
        state ?? 'gone',
        hasRun === true ? `0x${(lastResult ?? 0).toString(16)}` : 'never run',
      ]);
      answer(
        terminal,
        options,
        { folders, tasks: found },
        table([...folders.map((name) => [`${name}\\`]), ...rows]),
      );
    },
  },
  run: {
    usage: 'PATH [ARGUMENT...]',
    summary: 'start a task; arguments replace $(Arg0), $(Arg1) ... in its definition',
    argumentsMin: 1,
    argumentsMax: 32,
    async run(host, [path = '', ...args], terminal, options) {
      const instance = await host.tasks.run(absolute(path), args);
      answer(terminal, options, { instance }, `${instance}\n`);
    },
  },
  rm: {
    usage: 'PATH',
    summary: 'delete a task or an empty folder',
    argumentsMin: 1,
    argumentsMax: 1,
    async run(host, [path = '']) {
      if (!(await host.tasks.delete(absolute(path))))
        throw new RemoteError('refused', 'notFound', `there is no task ${path}`);
    },
  },
};
