import { answers, fakeRpcClient } from '../../test/fake-rpc-client';
import { RpcServices } from './rpc-services';
import { svcctl } from './svcctl.procedures';

const { procedures } = svcctl;
const handle = Buffer.alloc(20, 1);
const codes = { stopped: 1, startPending: 2, running: 4 } as const;

/** A service manager with one service that passes through the given states, one a query, and stays in the last. */
function servicesWith(states: (keyof typeof codes)[], startError = 0) {
  const asked = { status: 0, managers: 0 };
  const client = fakeRpcClient(
    new Map([
      answers(procedures.openManager, () => {
        asked.managers += 1;
        return { manager: handle, error: asked.managers === 1 && states.length === 0 ? 5 : 0 };
      }),
      answers(procedures.openService, () => ({ service: handle, error: 0 })),
      answers(procedures.startService, () => ({ error: startError })),
      answers(procedures.queryStatus, () => {
        const state = codes[states[Math.min(asked.status, states.length - 1)] ?? 'stopped'];
        asked.status += 1;
        const rest = { type: 32, controlsAccepted: 0, specificExitCode: 0, checkPoint: 0, waitHintMs: 0 };
        return { status: { ...rest, state, win32ExitCode: 1067 }, error: 0 };
      }),
    ]),
  );
  return { services: new RpcServices(async () => client, 'PC-7'), asked };
}

describe('starting a service', () => {
  it('waits until it runs', async () => {
    const { services, asked } = servicesWith(['startPending', 'startPending', 'running']);
    expect(await services.start('RemoteRegistry', 5_000)).toBe('started');
    expect(asked.status).toBe(3);
  });

  it('does not look at it when nobody waits', async () => {
    const { services, asked } = servicesWith(['startPending']);
    expect(await services.start('RemoteRegistry', 0)).toBe('started');
    expect(asked.status).toBe(0);
  });

  it('waits as well for one that somebody else is starting', async () => {
    const { services } = servicesWith(['startPending', 'running'], 1056);
    expect(await services.start('RemoteRegistry', 5_000)).toBe('alreadyRunning');
  });

  it('tells a service that dies from one that is slow', async () => {
    await expect(
      servicesWith(['startPending', 'stopped']).services.start('RemoteRegistry', 5_000),
    ).rejects.toMatchObject({ kind: 'refused', reason: 'serviceNotRunning', code: 1067, host: 'PC-7' });
    await expect(servicesWith(['startPending']).services.start('RemoteRegistry', 50)).rejects.toMatchObject({
      kind: 'unreachable',
      reason: 'deadline',
    });
  });

  it.each([
    [1058, 'refused', 'serviceDisabled'],
    [1055, 'busy', 'databaseLocked'],
    [5, 'denied', 'accessDenied'],
    [99_999, 'refused', 'other'],
  ])('says why it is refused (%i)', async (code, kind, reason) => {
    await expect(servicesWith(['stopped'], code).services.start('X', 0)).rejects.toMatchObject({
      kind,
      reason,
      code,
    });
  });

  it('asks again for a manager that could not be opened, and once for one that could', async () => {
    const { services, asked } = servicesWith([]);
    await expect(services.start('X', 0)).rejects.toMatchObject({ reason: 'accessDenied' });
    await Promise.all([services.start('X', 0), services.start('X', 0)]);
    expect(asked.managers).toBe(2);
  });
});
