import { answers, fakeRpcClient } from '../../test/fake-rpc-client';
import { RemoteError } from '../status/remote-error';
import { RpcShutdown } from './rpc-shutdown';
import { initShutdown, windowsShutdown } from './rsp.procedures';

const pipeIsClosed = () =>
  Promise.reject(new RemoteError('refused', 'notFound', 'could not open the pipe InitShutdown'));

describe('shutdown over WindowsShutdown on TCP', () => {
  it('is what is spoken where the pipe is closed', async () => {
    const asked: unknown[] = [];
    const client = fakeRpcClient(
      new Map([
        answers(windowsShutdown.procedures.initiate, (input) => {
          asked.push(input);
          return { error: asked.length === 1 ? 0 : 1190 };
        }),
        answers(windowsShutdown.procedures.abort, () => ({ error: asked.length === 2 ? 0 : 1116 })),
      ]),
    );
    const shutdown = new RpcShutdown({ overPipe: pipeIsClosed, overTcp: async () => client }, 'PC-7');
    expect(await shutdown.start({ action: 'restart', delaySeconds: 60, message: 'soon', force: true })).toBe(
      'started',
    );
    expect(await shutdown.start({ action: 'powerOff', delaySeconds: 0 })).toBe('alreadyPending');
    expect(asked).toEqual([
      { message: 'soon', delaySeconds: 60, flags: 0x5, reason: 0x8000_0000, clientHint: undefined },
      { message: undefined, delaySeconds: 0, flags: 0x8, reason: 0x8000_0000, clientHint: undefined },
    ]);
    expect(await shutdown.abort()).toBe(true);
  });

  it('is not tried for an account that is denied, and its failure does not hide the pipe’s', async () => {
    const denied = new RemoteError('denied', 'wrongPassword', 'could not log on');
    const overTcp = jest.fn(() =>
      Promise.reject(new RemoteError('unreachable', 'connectionRefused', 'no port')),
    );
    const first = new RpcShutdown({ overPipe: () => Promise.reject(denied), overTcp }, 'PC-7');
    await expect(first.abort()).rejects.toBe(denied);
    expect(overTcp).not.toHaveBeenCalled();
    await expect(new RpcShutdown({ overPipe: pipeIsClosed, overTcp }, 'PC-7').abort()).rejects.toMatchObject({
      reason: 'notFound',
    });
  });

  it('says that the privilege is missing', async () => {
    const client = fakeRpcClient(
      new Map([answers(initShutdown.procedures.initiate, () => ({ error: 1314 }))]),
    );
    const shutdown = new RpcShutdown({ overPipe: async () => client, overTcp: pipeIsClosed }, 'PC-7');
    await expect(shutdown.start({ action: 'restart', delaySeconds: 0 })).rejects.toMatchObject({
      kind: 'denied',
      reason: 'privilegeNotHeld',
    });
  });
});
