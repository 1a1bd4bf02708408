import { LogonGate } from './logon-gate';

/** Starts `count` logons and says which of them were let in, in order. */
const arrive = (gate: LogonGate, count: number) => {
  const answers: string[] = [];
  for (let index = 0; index < count; index++)
    void gate.enter('account').then((answer) => answers.push(answer));
  return { answers, settle: () => new Promise((resolve) => setImmediate(resolve)) };
};

describe('LogonGate', () => {
  it('lets two logons of an account in at first', async () => {
    const { answers, settle } = arrive(new LogonGate(), 50);
    await settle();
    expect(answers).toEqual(['enter', 'enter']);
  });

  it('spends at most two wrong passwords however many computers wait', async () => {
    const gate = new LogonGate();
    const { answers, settle } = arrive(gate, 50);
    await settle();
    gate.leave('account', 'wrongPassword');
    await settle();
    expect(answers.filter((a) => a === 'enter')).toHaveLength(2);
    expect(answers.filter((a) => a === 'turnBack')).toHaveLength(48);
  });

  it('opens with each success, but not beyond a lock-out threshold', async () => {
    const gate = new LogonGate();
    const { answers, settle } = arrive(gate, 200);
    for (let left = 0; left < 100; left++) {
      await settle();
      expect(answers.length - left).toBeLessThanOrEqual(8);
      gate.leave('account', 'accepted');
    }
    await settle();
    expect(answers).toHaveLength(108);
  });

  it('keeps accounts apart and lets the next in after any outcome', async () => {
    const gate = new LogonGate();
    await gate.enter('other');
    const { answers, settle } = arrive(gate, 3);
    await settle();
    expect(answers).toHaveLength(2);
    gate.leave('account', 'other');
    await settle();
    expect(answers).toHaveLength(3);
  });
});
