/**
 * The three workers against one computer on the wire, with the ledger in memory: everything but queue and bus is real.
 * `work` does what the scheduler does with a target: gives it to the service that owns its status until it is final.
 */
import { ownerOf, type ActiveStatus, type PackageContent } from '@drover/domain';
import { readRunner, startOnTarget, type DispatcherPorts } from '@drover/dispatcher';
import { flightGuard, openContact, systemClock, type JobEnd } from '@drover/remote-work';
import { checkTarget, tcpDoors } from '@drover/requirements-checker';
import { collectTarget, JournalPlaces } from '@drover/result-collector';
import { FakeCredentials, FakeLedger } from '@drover/testing';
import { WindowsCredential, WindowsHost } from '@drover/windows-remote';
import { randomUUID } from 'node:crypto';

export interface Computer {
  name: string;
  address: string;
  port: number;
  username: string;
  password: string;
}

export type Ports = DispatcherPorts & { doors: typeof tcpDoors; places: JournalPlaces };

export class WorkerWorld {
  private constructor(
    readonly ports: Ports,
    readonly ledger: FakeLedger,
    /** Every connection that was made, in order. */
    readonly connections: readonly WindowsHost[],
  ) {}

  static async against(computer: Computer, status: ActiveStatus = 'checking'): Promise<WorkerWorld> {
    const ledger = new FakeLedger(status, randomUUID());
    ledger.asset = { ...ledger.asset, name: computer.name, address: computer.address, port: computer.port };
    const account = new WindowsCredential({ username: computer.username, password: computer.password });
    const connections: WindowsHost[] = [];
    const ports: Ports = {
      ledger,
      credentials: Object.assign(new FakeCredentials(), { open: async () => Promise.resolve(account) }),
      names: { ipv4Of: async () => Promise.resolve({ kind: 'unknownName' }) },
      hosts: {
        connect: async (address, credential, options) => {
          const host = await WindowsHost.connect(address, credential, options);
          connections.push(host);
          return host;
        },
      },
      clock: systemClock,
      log: { note: () => undefined },
      runner: await readRunner(),
      doors: tcpDoors,
      places: new JournalPlaces(),
    };
    return new WorkerWorld(ports, ledger, connections);
  }

  deploy(content: Partial<PackageContent> & { command?: string; successCodes?: number[] }): void {
    const { command, successCodes = [0], ...rest } = content;
    const [first] = this.ledger.content.steps;
    const step = command !== undefined && first?.type === 'command' && { ...first, command, successCodes };
    const steps = step ? [step] : this.ledger.content.steps;
    this.ledger.content = { ...this.ledger.content, steps, ...rest };
  }

  /** One job of the target's current status. */
  async step(ports: Ports = this.ports, signal = new AbortController().signal): Promise<JobEnd> {
    const { job } = this.ledger;
    switch (ownerOf(this.ledger.status)) {
      case 'requirements-checker':
        return checkTarget(ports, job, signal);
      case 'dispatcher':
        return startOnTarget(ports, job, signal);
      case 'result-collector':
        return collectTarget(ports, job, signal);
      default:
        throw new Error(`no worker owns ${this.ledger.status}`);
    }
  }

  /** Works until the target has reached `status`. @throws Error after `limitMs`. */
  async workUntil(isReached: (ledger: FakeLedger) => boolean, limitMs = 30_000): Promise<void> {
    const until = Date.now() + limitMs;
    while (!isReached(this.ledger)) {
      if (Date.now() > until)
        throw new Error(`${this.ledger.status} after ${limitMs} ms: ${JSON.stringify(this.ledger.facts)}`);
      const end = await this.step();
      if (end.kind === 'again')
        await systemClock.wait(Math.min(end.afterMs, 200), new AbortController().signal);
    }
  }

  /** What is left of the target on its computer, as an administrator would look for it. */
  async leftovers(): Promise<string[]> {
    const guard = flightGuard(systemClock, new AbortController().signal);
    const contact = await openContact(this.ports, await this.ledger.assignment(), guard);
    if (contact.state !== 'open') throw new Error(JSON.stringify(contact));
    const { host } = contact;
    const [files, tasks, key] = await Promise.all([
      host.files
        .stat('Windows\\Drover')
        .then(async (folder) =>
          folder ? (await host.files.list('Windows\\Drover')).map((f) => f.name) : [],
        ),
      host.tasks.list('\\Drover'),
      host.registry.open().then(() => host.registry.openKey('SOFTWARE\\Drover')),
    ]);
    const keys = (await key?.subkeys()) ?? [];
    await host.close();
    return [...files, ...tasks, ...keys].filter((name) => name.startsWith(this.ledger.targetId));
  }
}
