import { mayRestart } from './may-restart';
import type { PlanStep } from './plan';

const step = (more: Partial<Extract<PlanStep, { type: 'command' }>> = {}): PlanStep => ({
  type: 'command',
  name: 'Step',
  command: 'ver',
  successCodes: [0, 1641, 3010],
  onSuccess: 0,
  onFailure: 'stopFailure',
  ...more,
});
const may = (one: PlanStep): boolean =>
  mayRestart({ attemptName: 'a', maximumDurationSeconds: 60, retainUntil: new Date(), steps: [one] });

describe('whether a plan may restart the computer', () => {
  it.each<[string, PlanStep, boolean]>([
    ['a step after one that may say 1641', step(), true],
    ['nothing after it', step({ onSuccess: 'stopSuccess' }), false],
    ['1641 is a failure', step({ successCodes: [0] }), false],
    ['1641 means nothing', step({ restartBegunCodes: [] }), false],
    ['any code is success', step({ successCodes: [], anyCode: true }), true],
    [
      'a Restart step',
      {
        type: 'restart',
        name: 'R',
        delaySeconds: 0,
        message: '',
        onSuccess: 'stopSuccess',
        onFailure: 'stopFailure',
      },
      true,
    ],
  ])('%s', (_, one, expected) => {
    expect(may(one)).toBe(expected);
  });
});
