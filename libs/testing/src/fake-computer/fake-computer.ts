/**
 * A Windows computer in memory for the unit tests of the workers: it implements WindowsHost without a wire, keeps state
 * between connections, and runs Drover's tasks by the rules of the real runner (the journal is the claim). It is told to
 * fail by `before`, which sees the name of each operation. The simulated host is the one that speaks SMB.
 */
import { encodeJournalRecord, journalHeader, type JournalRecord } from '@drover/domain';
import {
  RemoteError,
  type ConnectOptions,
  type RegistryValue,
  type ServiceStartType,
  type ServiceState,
  type TaskStatus,
  type WindowsHost,
} from '@drover/windows-remote';
import { hostAdministration } from './fake-administration';
import { fakeFiles } from './fake-files';
import { fakeRegistry } from './fake-registry';
import { fakeServices, fakeTasks } from './fake-services-and-tasks';

const secondStartRefused = 183;
const taskHasNotRun = 0x41303;

export interface FakeTask extends TaskStatus {
  xml: string;
}

type Content<R> = R extends JournalRecord ? Omit<R, 'sequence' | 'at'> : never;
/** A journal record without what the runner adds to it. */
export type JournalContent = Content<JournalRecord>;

export class FakeComputer {
  readonly files = new Map<string, Buffer>();
  readonly directories = new Set<string>(['windows']);
  readonly keys = new Map<string, Map<string, RegistryValue>>();
  readonly tasks = new Map<string, FakeTask>();
  readonly services = new Map<string, { state: ServiceState; startType: ServiceStartType }>([
    ['Schedule', { state: 'running', startType: 'automatic' }],
    ['RemoteRegistry', { state: 'running', startType: 'manual' }],
  ]);
  /** Names of operations in the order in which they arrived: `files.write Windows\Drover\x`. */
  readonly operations: string[] = [];
  /** Attempts that began: the judge of "once only". */
  readonly begun: string[] = [];
  connections = 0;
  openConnections = 0;
  /** The computer's own clock. */
  now = new Date('2026-11-21T10:00:00Z');
  /** Called before each operation, `connect` included; throws to refuse it. */
  before: (operation: string) => void | Promise<void> = () => undefined;
  /** `dies`: the task ends with `dieResult` before the runner has claimed the attempt. */
  runner: 'begins' | 'dies' = 'begins';
  dieResult = 225;
  private readonly sequences = new Map<string, number>();

  async connect(options: ConnectOptions = {}): Promise<WindowsHost> {
    await options.beforeFlight?.();
    await this.before('connect');
    this.connections++;
    this.openConnections++;
    let isOpen = true;
    const arrives = async (operation: string): Promise<void> => {
      if (!isOpen) throw new RemoteError('unreachable', 'connectionLost', 'the connection is closed');
      await options.beforeFlight?.();
      this.operations.push(operation);
      await this.before(operation);
    };
    return {
      info: {
        dialect: 0x0311,
        cipher: 'AES-128-GCM',
        signing: 'AES-GMAC',
        serverTime: this.now,
        serverGuid: 'fake',
      },
      traffic: { flights: 0, bytesSent: 0, bytesReceived: 0 },
      files: fakeFiles(this, arrives),
      registry: fakeRegistry(this, arrives),
      services: fakeServices(this, arrives),
      tasks: fakeTasks(this, arrives),
      ...hostAdministration,
      close: async () => {
        if (isOpen) this.openConnections--;
        isOpen = false;
      },
    };
  }

  /** What Task Scheduler does for SchRpcRun: starts the runner, which claims the attempt or refuses. */
  runTask(path: string, args: string[]): void {
    const task = this.tasks.get(path.toLowerCase());
    if (!task) throw new RemoteError('refused', 'notFound', `no task ${path}`);
    if (task.state === 'running') return;
    task.hasRun = true;
    // `$(Arg0)` and so on in the definition become the values passed; one that is missing stays as it is.
    const word = task.xml.replace(/\$\(Arg(\d+)\)/g, (whole, index: string) => args[Number(index)] ?? whole);
    if (task.xml.includes('$(Arg') && !/ begin<\/Arguments>/.test(word)) return;
    const attempt = path.slice(path.lastIndexOf('\\') + 1);
    if (this.runner === 'dies') {
      task.lastResult = this.dieResult;
      return;
    }
    const journal = journalPathOf(attempt);
    if (this.files.has(journal)) {
      task.lastResult = secondStartRefused;
      return;
    }
    this.files.set(journal, journalHeader);
    this.sequences.set(attempt, 0);
    this.journal(attempt, { kind: 'begun', runnerVersion: '1', bootedAt: this.now });
    this.begun.push(attempt);
    task.state = 'running';
  }

  /** The runner writes the next record of an attempt's journal. */
  journal(attempt: string, content: JournalContent): void {
    const path = journalPathOf(attempt);
    const sequence = this.sequences.get(attempt) ?? 0;
    this.sequences.set(attempt, sequence + 1);
    const record = { ...content, sequence, at: this.now } as JournalRecord;
    this.files.set(path, Buffer.concat([this.files.get(path) ?? journalHeader, encodeJournalRecord(record)]));
  }

  /** The runner's process is gone: it ended, was killed, or the computer restarted. */
  runnerGone(attempt: string, lastResult = 0): void {
    const task = this.tasks.get(`\\drover\\${attempt}`.toLowerCase());
    if (task) Object.assign(task, { state: 'ready', lastResult });
  }

  newTask(xml: string): FakeTask {
    return { xml, state: 'ready', lastResult: taskHasNotRun, hasRun: false };
  }

  /** Whatever belongs to Drover, except the runner itself. */
  leftovers(): string[] {
    return [
      ...[...this.files.keys()].filter(
        (p) => p.startsWith('windows\\drover\\') && !/\\runner-[0-9a-f]+\.exe$/.test(p),
      ),
      ...[...this.keys.keys()].filter((k) => k.startsWith('software\\drover\\')),
      ...[...this.tasks.keys()].filter((t) => t.startsWith('\\drover\\')),
    ];
  }
}

const journalPathOf = (attempt: string): string => `windows\\drover\\${attempt}.journal`.toLowerCase();
