import { Hresult } from '../refusal';
import { HostClock } from './clock';
import { Ledger } from './ledger';
import { VirtualTasks, type Execution } from './virtual-tasks';

const createOnly = { validateOnly: false, create: true, update: false, disable: false };

/** A task with one action and, when given, a time trigger. */
const xml = ({
  trigger = '',
  limit = 'PT1H',
  actions = '<Exec><Command>x.exe</Command><Arguments>a-1 $(Arg0)</Arguments></Exec>',
} = {}): string =>
  `<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers>${trigger}</Triggers>` +
  `<Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy><ExecutionTimeLimit>${limit}</ExecutionTimeLimit>` +
  `<DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter></Settings><Actions>${actions}</Actions></Task>`;

interface Started {
  line: string;
  exit(code: number): void;
  killed: string | undefined;
}

let started: Started[];
let ledger: Ledger;
let tasks: VirtualTasks;
beforeEach(() => {
  started = [];
  const clock = new HostClock({ speed: 1000 });
  ledger = new Ledger('tasks', () => clock.now());
  tasks = new VirtualTasks(clock, ledger, (command, commandArguments): Execution => {
    let exit: (code: number | undefined) => void = () => undefined;
    const exitCode = new Promise<number | undefined>((resolve) => (exit = resolve));
    const process: Started = { line: `${command} ${commandArguments}`, exit, killed: undefined };
    started.push(process);
    return {
      exitCode,
      kill: (because) => {
        process.killed = because;
        exit(undefined);
      },
    };
  });
});
afterEach(() => tasks.powerOff());

const refusalOf = (work: () => unknown): number | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: number }).code;
  }
};

describe('the simulated Task Scheduler', () => {
  it('creates only when told to create only', () => {
    tasks.register('\\Drover\\a', xml(), createOnly);
    expect(refusalOf(() => tasks.register('\\drover\\A', xml(), createOnly))).toBe(Hresult.alreadyExists);
    expect(
      refusalOf(() => tasks.register('\\b', xml(), { ...createOnly, create: false, update: true })),
    ).toBe(Hresult.fileNotFound);
  });

  it('puts the arguments of a run in place and ignores a second instance', async () => {
    tasks.register('\\Drover\\a', xml(), createOnly);
    const first = tasks.run('\\Drover\\a', ['begin']);
    expect(tasks.run('\\Drover\\a', ['begin'])).toBe(first);
    expect(started.map(({ line }) => line)).toEqual(['x.exe a-1 begin']);
    started[0]?.exit(7);
    await ledger.waitFor((entry) => entry.event === 'taskEnded');
    expect(tasks.find('\\Drover\\a')).toMatchObject({ lastResult: 7 });
  });

  it('kills at the execution limit and at a stop, and says terminated', async () => {
    tasks.register('\\a', xml({ limit: 'PT10S' }), createOnly);
    tasks.run('\\a', []);
    await ledger.waitFor((entry) => entry.event === 'taskEnded' && entry.code === Hresult.taskTerminated);
    expect(started[0]?.killed).toBe('execution time limit');
    expect(refusalOf(() => tasks.stop('\\a'))).toBe(Hresult.taskNotRunning);
  });

  it('fires its time trigger without an argument and lets the task expire', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const trigger = `<TimeTrigger><StartBoundary>${at(20_000)}</StartBoundary><EndBoundary>${at(60_000)}</EndBoundary></TimeTrigger>`;
    tasks.register('\\a', xml({ trigger }), createOnly);
    await ledger.waitFor((entry) => entry.event === 'taskRun' && entry.trigger === 'time');
    expect(started[0]?.line).toBe('x.exe a-1 $(Arg0)');
    await ledger.waitFor((entry) => entry.event === 'taskExpired');
    expect(tasks.find('\\a')).toBeUndefined();
  });

  it.each([
    ['no action', xml({ actions: '' }), Hresult.missingNode],
    ['an unknown action', xml({ actions: '<Run/>' }), Hresult.unexpectedNode],
    ['a duration that is none', xml({ limit: '1h' }), Hresult.invalidValue],
    ['another namespace', xml().replace('windows/2004', 'windows/2005'), Hresult.namespace],
    ['broken XML', xml().replace('</Task>', ''), Hresult.malformedXml],
    ['a document type', `<!DOCTYPE a [<!ENTITY x "y">]>${xml()}`, Hresult.malformedXml],
    ['a wrong encoding', `<?xml version="1.0" encoding="UTF-8"?>${xml()}`, Hresult.malformedXml],
    [
      'arguments before the command',
      xml({ actions: '<Exec><Arguments>a</Arguments><Command>b</Command></Exec>' }),
      Hresult.unexpectedNode,
    ],
  ])("refuses a definition with %s by the scheduler's own code", (_, definition, code) => {
    expect(refusalOf(() => tasks.register('\\a', definition, createOnly))).toBe(code);
  });

  it('deletes only empty folders', () => {
    tasks.register('\\Drover\\a', xml(), createOnly);
    expect(refusalOf(() => tasks.delete('\\Drover'))).toBe(Hresult.directoryNotEmpty);
    tasks.delete('\\Drover\\a');
    tasks.delete('\\Drover');
    expect(refusalOf(() => tasks.names('\\Drover', 'tasks'))).toBe(Hresult.fileNotFound);
  });
});
