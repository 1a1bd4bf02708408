import fc from 'fast-check';
import type { FollowedEvent } from '../api/deployment-events';
import { DeploymentState } from './deployment-state';
import { liveTable } from './live-table';
import { plainLines } from './plain-lines';

const at = '2026-01-01T00:00:00.000Z';
const changed = (generation: number, status: string, name = 'PC-1', more: object = {}): FollowedEvent =>
  ({
    event: 'target',
    data: { targetId: name, assetName: name, attempt: 1, generation, status, outcome: null, at, ...more },
  }) as unknown as FollowedEvent;
const step = (more: object): FollowedEvent =>
  ({
    event: 'step',
    data: {
      targetId: 'PC-1',
      assetName: 'PC-1',
      step: 0,
      stepName: 'Greet',
      state: 'running',
      exitCode: null,
      at,
      ...more,
    },
  }) as unknown as FollowedEvent;

describe('a follower', () => {
  it('ends with the latest status in whatever order the events arrive', () => {
    const statuses = ['waiting', 'checking', 'ready', 'starting', 'running', 'closing', 'succeeded'];
    const events = statuses.map((status, generation) => changed(generation, status));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.array(fc.nat(6)),
        (order, again) => {
          const state = new DeploymentState();
          for (const event of [...order, ...again.map((index) => events[index] ?? changed(0, 'waiting'))])
            state.fold(event);
          expect(state.lines()).toMatchObject([{ status: 'succeeded' }]);
        },
      ),
    );
  });

  it('shows the step that runs and the last line of its output', () => {
    const state = new DeploymentState();
    state.fold(changed(1, 'running'));
    state.fold(step({ output: 'one\r\ntwo\r\n' }));
    expect(liveTable(state, { columns: 80, rows: 24 })).toMatch(/^PC-1 +running +Greet: two$/m);
  });

  it('never draws more than the screen holds, and shows what runs before what has succeeded', () => {
    const state = new DeploymentState();
    for (let i = 0; i < 100; i += 1) state.fold(changed(1, i === 99 ? 'running' : 'succeeded', `PC-${i}`));
    const lines = liveTable(state, { columns: 40, rows: 20 }).split('\n');
    expect(lines.length).toBeLessThan(20);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
    expect(lines[4]).toMatch(/^PC-99 +running/);
    expect(lines.at(-1)).toMatch(/^… and \d+ more computers$/);
  });

  it('does not let a computer move the cursor', () => {
    const state = new DeploymentState();
    state.fold(changed(1, 'running'));
    const evil = step({ output: '\u001b[2J\u0007gone\r\n' });
    state.fold(evil);
    const control = ['\u001b', '\u0007'];
    for (const text of [liveTable(state, { columns: 80, rows: 24 }), ...plainLines(evil, state)])
      for (const character of control) expect(text).not.toContain(character);
  });

  it('writes causes with their remedies in lines', () => {
    const cause = { kind: 'unreachable', message: 'nothing answers', remedy: 'Switch it on.' };
    const lines = plainLines(changed(1, 'sleeping', 'PC-1', { cause }), new DeploymentState());
    expect(lines.join('\n')).toMatch(/PC-1 sleeping \(nothing answers\)\n.*Switch it on\./);
  });
});
