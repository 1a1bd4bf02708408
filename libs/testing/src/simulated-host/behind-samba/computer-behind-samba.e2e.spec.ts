import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJournal, encodePlan, foldJournal, type JournalProgress, type Plan } from '@drover/domain';
import { WindowsCredential, WindowsHost } from '@drover/windows-remote';
import { waitFor } from '../../servers/wait-for';
import { whyNoWine, WineComputer } from '../../wine/wine';
import { startComputerBehindSamba, type ComputerBehindSamba } from './computer-behind-samba';
import { whyNoSamba } from './samba-process';
import { wineExecution } from './wine-execution';

const whyNot = whyNoSamba() ?? whyNoWine();
const suite = whyNot === undefined || process.env['CI'] === 'true' ? describe : describe.skip; // tidy: named as skipped where a peer is absent

const runner = readFileSync(join(__dirname, '../../../../../apps/runner/bin/runner-x64.exe'));
const runnerPath = `Windows\\Drover\\runner-${createHash('sha256').update(runner).digest('hex').slice(0, 16)}.exe`;

const taskXml = (attempt: string): string => `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="a"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy></Settings>
  <Actions Context="a"><Exec><Command>C:\\${runnerPath}</Command><Arguments>${attempt} $(Arg0)</Arguments></Exec></Actions>
</Task>`;

const step = {
  name: 'step',
  type: 'command' as const,
  successCodes: [0, 3010],
  onFailure: 'stopFailure' as const,
};
const planOf = (attemptName: string, first: string, second: string): Plan => ({
  attemptName,
  maximumDurationSeconds: 60,
  retainUntil: new Date('2040-01-01'),
  steps: [
    { ...step, command: first, onSuccess: 1 },
    { ...step, command: second, onSuccess: 'stopSuccess' },
  ],
});

suite('our Task Scheduler behind real Samba, running programs under Wine', () => {
  let wine: WineComputer;
  let computer: ComputerBehindSamba;
  let host: WindowsHost;
  beforeAll(async () => {
    wine = await WineComputer.start();
    computer = await startComputerBehindSamba({
      address: '127.13.5.11',
      driveFolder: wine.path(),
      execute: wineExecution(wine),
    });
    host = await WindowsHost.connect(computer, new WindowsCredential(computer));
    await host.files.write(runnerPath, runner, { mode: 'overwrite' });
  }, 120_000);
  afterAll(async () => {
    await host?.close();
    await computer?.close();
    await wine?.close();
  }, 60_000);

  async function begin(plan: Plan): Promise<void> {
    await host.tasks.register(`\\Drover\\${plan.attemptName}`, taskXml(plan.attemptName));
    const { key, disposition } = await host.registry.createKey(`SOFTWARE\\Drover\\${plan.attemptName}`);
    expect(disposition).toBe('created');
    await key.setValue('plan', { type: 'binary', data: encodePlan(plan) });
    await host.tasks.run(`\\Drover\\${plan.attemptName}`, ['begin']);
  }

  /** The journal as a collector sees it, over C$. */
  const journal = async (attempt: string): Promise<JournalProgress> => {
    const path = `Windows\\Drover\\${attempt}.journal`;
    const bytes = (await host.files.stat(path)) === undefined ? Buffer.alloc(0) : await host.files.read(path);
    return foldJournal(decodeJournal(bytes, 0).records);
  };
  const isEnded = (attempt: string) => async (): Promise<JournalProgress | undefined> => {
    const progress = await journal(attempt);
    return progress.end === undefined ? undefined : progress;
  };

  it('runs a plan that came over the network and leaves files and a journal', async () => {
    await begin(planOf('a-1', 'echo from wine> C:\\windows\\temp\\proof.txt', 'echo done& exit 3010'));
    const { runs, end } = (await waitFor(isEnded('a-1'), 60_000)) ?? (await journal('a-1'));
    expect(end).toMatchObject({ end: 'stoppedSuccess', lastExitCode: 3010 });
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 3010]);
    expect((await host.files.read('Windows\\Temp\\proof.txt')).toString()).toBe('from wine\r\n');
    await computer.ledger.waitFor((entry) => entry.event === 'taskEnded' && entry.code === 0, 10_000);
  }, 90_000);

  it('ends a step when the cancel is written over the network', async () => {
    await begin(planOf('b-1', 'echo first', 'ping -n 60 127.0.0.1'));
    await waitFor(async () => ((await journal('b-1')).runs.length === 2 ? true : undefined), 60_000);
    const key = await host.registry.openKey('SOFTWARE\\Drover\\b-1');
    await key?.setValue('cancel', { type: 'dword', number: 1 });
    const { end } = (await waitFor(isEnded('b-1'), 60_000)) ?? (await journal('b-1'));
    expect(end).toMatchObject({ end: 'cancelled' });
  }, 90_000);
});
