import { FakeClock, FakeComputer, fakeTargetId } from '@drover/testing';
import { journalHeader } from '@drover/domain';
import { RemoteError, type WindowsHost } from '@drover/windows-remote';
import { namesOfAttempt } from '../computer/names';
import { flightGuard } from '../contact/flight-guard';
import { settleAttempt, type Settled } from './settle-attempt';

const names = namesOfAttempt(fakeTargetId, 1);

const setUp = async () => {
  const computer = new FakeComputer();
  const clock = new FakeClock();
  const guard = flightGuard(clock, new AbortController().signal);
  const host: WindowsHost = await computer.connect();
  computer.directories.add('windows\\drover');
  await host.tasks.register(names.taskPath, '<Task/>');
  return { computer, clock, settle: (): Promise<Settled> => settleAttempt(host, names, clock, guard) };
};

describe('settleAttempt', () => {
  it('fences an attempt that has not begun, so that it never can', async () => {
    const { computer, settle } = await setUp();
    expect((await settle()).kind).toBe('notStarted');
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(computer.begun).toEqual([]);
    expect((await settle()).kind).toBe('notStarted');
  });

  it('adopts an attempt that has begun', async () => {
    const { computer, settle } = await setUp();
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(await settle()).toEqual({ kind: 'adopted', begunAt: computer.now });
  });

  it('gives a runner that has just claimed the attempt time to say so', async () => {
    const { computer, clock, settle } = await setUp();
    computer.runTask(names.taskPath, ['begin', 'begin']);
    const path = names.journalPath.toLowerCase();
    const whole = computer.files.get(path) ?? Buffer.alloc(0);
    computer.files.set(path, journalHeader);
    clock.meanwhile = () => void (clock.waits.length === 3 && computer.files.set(path, whole));
    expect((await settle()).kind).toBe('adopted');
    expect(clock.waits).toHaveLength(3);
  });

  it('does not wait for ever for a runner that hangs', async () => {
    const { computer, settle } = await setUp();
    computer.runTask(names.taskPath, ['begin', 'begin']);
    computer.files.set(names.journalPath.toLowerCase(), journalHeader);
    expect((await settle()).kind).toBe('unknown');
  });

  it('takes an empty journal without a runner for an attempt that never began', async () => {
    const { computer, settle } = await setUp();
    computer.files.set(names.journalPath.toLowerCase(), Buffer.alloc(0));
    expect((await settle()).kind).toBe('notStarted');
    computer.runTask(names.taskPath, ['begin', 'begin']);
    expect(computer.begun).toEqual([]);
  });

  it('does not decide by a damaged journal', async () => {
    const { computer, settle } = await setUp();
    computer.files.set(names.journalPath.toLowerCase(), Buffer.from('this is no journal at all'));
    expect((await settle()).kind).toBe('unknown');
  });

  it('fences where even the folder is missing', async () => {
    const { computer, settle } = await setUp();
    computer.directories.delete('windows\\drover');
    expect((await settle()).kind).toBe('notStarted');
    expect(computer.files.has(names.journalPath.toLowerCase())).toBe(true);
  });

  it('leaves a lost connection to its caller', async () => {
    const { computer, settle } = await setUp();
    computer.before = () => {
      throw new RemoteError('unreachable', 'connectionLost', 'gone');
    };
    await expect(settle()).rejects.toThrow(RemoteError);
  });
});
