/** How journal records become steps, whatever the bus does to them; run against the fake and against Postgres. */
import type { Payload, targetProgress } from '@drover/contracts';
import { recordProgress } from '../src/target/record-progress';
import { bringTo, report } from './play';
import type { World } from './world';

type Record = Payload<typeof targetProgress>['record'];

const journal: Record[] = [
  { kind: 'begun', runnerVersion: '1', bootedAt: '2026-11-21T00:00:00.000Z' },
  { kind: 'stepStarted', run: 0, step: 0 },
  { kind: 'output', run: 0, data: Buffer.from('grüß').subarray(0, 3).toString('base64') },
  { kind: 'output', run: 0, data: Buffer.from('grüß').subarray(3).toString('base64') },
  { kind: 'stepEnded', run: 0, step: 0, exitCode: 3010, succeeded: true, ended: 'exited', win32Error: 0 },
  { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 3010 },
];

export function describeProgress(make: () => Promise<World>): void {
  let world: World;
  let targetId: string;
  beforeEach(async () => {
    world = await make();
    ({ targetId } = await bringTo(world, 'running'));
  });

  const send = (sequence: number, record = journal[sequence]!, attempt = 1): Promise<number> =>
    recordProgress(world.ports, { targetId, attempt, sequence, at: world.ports.now().toISOString(), record });
  const steps = async () => (await world.ledger.targetDetail(targetId))?.steps;
  const whole = [
    { run: 0, stepName: 'Hello', state: 'succeeded', exitCode: 3010, output: 'grüß', droppedBytes: 0 },
  ];

  it('applies each record once, in whatever order and however often they arrive', async () => {
    for (const sequence of [3, 1, 3, 5, 0, 2, 2, 4, 0, 5]) await send(sequence);
    expect(await steps()).toMatchObject(whole);
    expect(await world.ledger.targetDetail(targetId)).toMatchObject({ lastExitCode: 3010 });
    await world.relay();
    const text = world.events.flatMap(({ payload }) =>
      typeof payload === 'object' && payload !== null && 'output' in payload ? [payload.output] : [],
    );
    expect(text.join('')).toBe('grüß');
  });

  it('does not repeat the output of the record that it stored last', async () => {
    for (const sequence of [0, 1, 2, 2, 3, 3]) await send(sequence);
    expect(await steps()).toMatchObject([{ output: 'grüß', state: 'running' }]);
  });

  it('stops at a gap and goes on when the missing record comes again', async () => {
    await send(0);
    await send(2);
    expect((await world.ledger.assignmentFacts(targetId))?.target.journalSequence).toBe(0);
    await send(1);
    expect((await world.ledger.assignmentFacts(targetId))?.target.journalSequence).toBe(2);
  });

  it('shows every step although the result overtook the last records', async () => {
    await send(0);
    const { generation, attempt } = (await world.ledger.targetDetail(targetId))!;
    await report(world, { targetId, generation, attempt }, 'stoppedSuccess', { lastExitCode: 3010 });
    for (const sequence of [1, 2, 3, 4, 5]) await send(sequence);
    expect(await steps()).toMatchObject(whole);
    expect(await world.ledger.targetDetail(targetId)).toMatchObject({ status: 'closing', currentStep: null });
  });

  it('ignores records of another attempt', async () => {
    expect(await send(0, journal[0], 2)).toBe(0);
    expect(await steps()).toEqual([]);
  });

  it('shows the step that runs', async () => {
    await send(0);
    await send(1);
    expect(await world.ledger.targetDetail(targetId)).toMatchObject({
      currentStep: { run: 0, step: 0, name: 'Hello' },
    });
  });
}
