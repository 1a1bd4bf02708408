import { answers, fakeRpcClient } from '../../test/fake-rpc-client';
import type { RpcClient } from '../rpc/rpc-client';
import { RpcTasks } from './rpc-tasks';
import { taskScheduler } from './tsch.procedures';

const { procedures } = taskScheduler;
const tasksOf = (client: RpcClient) => new RpcTasks(async () => client, 'PC-7');

const registering = (error: number) =>
  tasksOf(
    fakeRpcClient(
      new Map([
        answers(procedures.registerTask, ({ path }) => ({ actualPath: path, errorInfo: undefined, error })),
      ]),
    ),
  );

describe('Task Scheduler', () => {
  it('passes on the warning that hides in a success: the account may not log on as a batch job', async () => {
    expect(await registering(0x0004_131c).register('\\a', '<Task/>')).toEqual({
      warning: 'batchLogonMissing',
    });
    expect(await registering(0).register('\\a', '<Task/>')).toEqual({ warning: undefined });
  });

  it.each([
    [0x8007_0005, 'denied', 'accessDenied'],
    [0x8007_00b7, 'refused', 'alreadyExists'],
    [0x8004_1323, 'busy', 'serverBusy'],
    [0x8004_1315, 'refused', 'serviceNotRunning'],
    [0x8abc_def0, 'refused', 'other'],
  ])('says why a task is refused (%i)', async (code, kind, reason) => {
    await expect(registering(code).register('\\a', '<Task/>')).rejects.toMatchObject({ kind, reason, code });
  });

  it.each([0, 511, 512, 1_030])('lists %i tasks, page by page', async (count) => {
    const all = Array.from({ length: count }, (_, index) => `task ${index}`);
    const tasks = tasksOf(
      fakeRpcClient(
        new Map([
          answers(procedures.enumerateTasks, ({ startIndex, requested }) => {
            const names = all.slice(startIndex, startIndex + requested);
            const isShort = names.length < requested;
            return {
              startIndex: startIndex + names.length,
              nameCount: names.length,
              names: names.length === 0 ? undefined : names,
              error: isShort ? 1 : 0,
            };
          }),
        ]),
      ),
    );
    expect(await tasks.list('\\a')).toEqual(all);
  });

  it('does not believe a computer whose list of tasks never ends', async () => {
    const names = Array.from({ length: 512 }, () => 'again');
    const tasks = tasksOf(
      fakeRpcClient(
        new Map([
          answers(procedures.enumerateTasks, () => ({ startIndex: 0, nameCount: 512, names, error: 0 })),
        ]),
      ),
    );
    await expect(tasks.list('\\a')).rejects.toMatchObject({ kind: 'protocol', reason: 'limitExceeded' });
  });
});
