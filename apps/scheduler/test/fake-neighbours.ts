/** The services around the ledger, as real Nest services on the real bus: a catalogue, an inventory, three workers. */
import { randomUUID } from 'node:crypto';
import {
  checkerQueue,
  collectorQueue,
  credentialForAsset,
  dispatcherQueue,
  factId,
  getAsset,
  getAssignment,
  getPackageVersion,
  packageContent,
  requestGrant,
  resolveAssets,
  targetFact,
  targetProgress,
  type Answer,
  type Asked,
  type Asset,
  type Payload,
} from '@drover/contracts';
import type { Fact } from '@drover/domain';
import { Answers, Bus, PlatformModule, Works, type WorkerJob } from '@drover/platform';
import { Controller, Module } from '@nestjs/common';

const at = '2026-11-21T00:00:00.000Z';
export const packageId = randomUUID();
export const assets = new Map<string, Asset>();
/** How often each computer's attempt has begun: the judge of "begun once". */
export const begun = new Map<string, number>();
/** Held back by tests: collectors wait before they report a result. */
export const gate = { isOpen: true };

export function addAssets(count: number): Asset[] {
  const added = Array.from({ length: count }, (_, index): Asset => {
    const name = `pc-${assets.size + index}`;
    return { id: randomUUID(), name, domain: null, address: null, port: 445, createdAt: at };
  });
  for (const asset of added) assets.set(asset.id, asset);
  return added;
}

@Controller()
class FakeNeighbours {
  private readonly content = packageContent.parse({
    name: 'Say hello',
    steps: [{ id: 'a', name: 'Hello', type: 'command', command: 'echo hello' }],
  });

  constructor(private readonly bus: Bus) {}

  @Answers(getPackageVersion)
  version(): Answer<typeof getPackageVersion> {
    const { content } = this;
    const summary = {
      id: packageId,
      name: content.name,
      description: '',
      latestVersion: 1,
      steps: 1,
      updatedAt: at,
    };
    return {
      package: { ...summary, labels: [], isArchived: false, isEnabled: true },
      version: { packageId, version: 1, content, createdAt: at, createdBy: 'tester' },
    };
  }

  @Answers(resolveAssets)
  resolve({ assetIds = [] }: Asked<typeof resolveAssets>): Answer<typeof resolveAssets> {
    return {
      assets: assetIds.flatMap((id) => assets.get(id) ?? []),
      unknown: assetIds.filter((id) => !assets.has(id)),
    };
  }

  @Answers(getAsset)
  asset({ id }: Asked<typeof getAsset>): Answer<typeof getAsset> {
    const found = assets.get(id);
    if (!found) throw new Error('the test asks for an asset that it has not added');
    return found;
  }

  @Answers(credentialForAsset)
  credential(): Answer<typeof credentialForAsset> {
    return { credential: null, why: 'the fake has none' };
  }

  @Works(checkerQueue)
  check({ data }: WorkerJob<Payload<typeof checkerQueue>>): Promise<void> {
    return this.report(data, 'passed');
  }

  @Works(dispatcherQueue)
  async dispatch({ data }: WorkerJob<Payload<typeof dispatcherQueue>>): Promise<void> {
    const { status } = await this.bus.ask(getAssignment, { targetId: data.targetId });
    if (status === 'starting') return this.report(data, 'adopted');
    const { granted, generation } = await this.bus.ask(requestGrant, data);
    if (!granted) return;
    const attempt = `${data.targetId}-${data.attempt}`;
    begun.set(attempt, (begun.get(attempt) ?? 0) + 1);
    await this.report({ ...data, generation }, 'started');
  }

  @Works(collectorQueue)
  async collect({ data, delay }: WorkerJob<Payload<typeof collectorQueue>>): Promise<void> {
    const assignment = await this.bus.ask(getAssignment, { targetId: data.targetId });
    if (assignment.generation !== data.generation) return;
    if (assignment.status === 'closing') return this.report(data, 'nothingLeft');
    if (assignment.status === 'cancelling') return this.report(data, 'stopped');
    if (!gate.isOpen) delay(100);
    const journal: Payload<typeof targetProgress>['record'][] = [
      { kind: 'begun', runnerVersion: '1', bootedAt: at },
      { kind: 'stepStarted', run: 0, step: 0 },
      { kind: 'output', run: 0, data: Buffer.from('hello').toString('base64') },
      { kind: 'stepEnded', run: 0, step: 0, exitCode: 0, succeeded: true, ended: 'exited', win32Error: 0 },
      { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 0 },
    ];
    const { targetId, attempt } = data;
    for (let sequence = assignment.journalSequence + 1; sequence < journal.length; sequence += 1)
      await this.bus.publish(
        targetProgress,
        { targetId, attempt, sequence, at, record: journal[sequence]! },
        { suffix: targetId, messageId: `${targetId}-${attempt}-${sequence}` },
      );
    await this.report(data, 'stoppedSuccess');
  }

  private async report(of: Payload<typeof checkerQueue>, fact: Fact): Promise<void> {
    const { targetId, attempt, generation } = of;
    const payload = { targetId, attempt, generation, fact, at: new Date().toISOString() };
    await this.bus.publish(targetFact, payload, { suffix: fact, messageId: factId(payload) });
  }
}

@Module({
  imports: [PlatformModule.forService({ name: 'neighbours' })],
  controllers: [FakeNeighbours],
})
export class FakeNeighboursModule {}
