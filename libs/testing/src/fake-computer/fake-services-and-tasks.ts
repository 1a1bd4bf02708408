import { RemoteError, type RemoteServices, type RemoteTasks } from '@drover/windows-remote';
import { serviceAdministration, taskAdministration } from './fake-administration';
import type { FakeComputer } from './fake-computer';

/** The service manager of a fake computer. */
export function fakeServices(
  computer: FakeComputer,
  arrives: (operation: string) => Promise<void>,
): RemoteServices {
  const service = (name: string) => {
    const found = computer.services.get(name);
    if (!found) throw new RemoteError('refused', 'notFound', `no service ${name}`);
    return found;
  };
  return {
    async query(name) {
      await arrives(`services.query ${name}`);
      const found = computer.services.get(name);
      return found && { ...found };
    },
    async start(name) {
      await arrives(`services.start ${name}`);
      const found = service(name);
      if (found.startType === 'disabled')
        throw new RemoteError('refused', 'serviceDisabled', `could not start ${name}`, { code: 1058 });
      if (found.state === 'running') return 'alreadyRunning';
      found.state = 'running';
      return 'started';
    },
    ...serviceAdministration(computer, arrives),
    async setStartType(name, startType) {
      await arrives(`services.setStartType ${name}`);
      service(name).startType = startType;
    },
  };
}

/** Task Scheduler of a fake computer. */
export function fakeTasks(
  computer: FakeComputer,
  arrives: (operation: string) => Promise<void>,
): RemoteTasks {
  return {
    ...taskAdministration,
    open: () => arrives('tasks.open'),
    async register(path, xml, options) {
      await arrives(`tasks.register ${path}`);
      if (options?.mode !== 'createOrUpdate' && computer.tasks.has(path.toLowerCase()))
        throw new RemoteError('refused', 'alreadyExists', `could not register ${path}`);
      computer.tasks.set(path.toLowerCase(), computer.newTask(xml));
      return { warning: undefined };
    },
    async createFolder(path) {
      await arrives(`tasks.createFolder ${path}`);
      return 'created';
    },
    async run(path, args) {
      await arrives(`tasks.run ${path} ${args.join(' ')}`);
      computer.runTask(path, args);
      return '00000000-0000-0000-0000-000000000001';
    },
    async state(path) {
      await arrives(`tasks.state ${path}`);
      const task = computer.tasks.get(path.toLowerCase());
      return (
        task && { state: task.state, lastResult: task.hasRun ? task.lastResult : 0, hasRun: task.hasRun }
      );
    },
    async stop(path) {
      await arrives(`tasks.stop ${path}`);
      const task = computer.tasks.get(path.toLowerCase());
      if (task?.state !== 'running') return false;
      Object.assign(task, { state: 'ready', lastResult: 0x41306 });
      return true;
    },
    async delete(path) {
      await arrives(`tasks.delete ${path}`);
      return computer.tasks.delete(path.toLowerCase());
    },
    async list(folder) {
      await arrives(`tasks.list ${folder}`);
      const prefix = `${folder.toLowerCase()}\\`;
      return [...computer.tasks.keys()]
        .filter((t) => t.startsWith(prefix))
        .map((t) => t.slice(prefix.length));
    },
    async xml(path) {
      await arrives(`tasks.xml ${path}`);
      return computer.tasks.get(path.toLowerCase())?.xml;
    },
  };
}
