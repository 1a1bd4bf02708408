import { answers, fakeRpcClient } from '../../test/fake-rpc-client';
import { WireError } from '../wire/wire-error';
import { RpcSystem } from './rpc-system';
import { decodeServiceList } from './service-list';
import { wkssvc } from './wkssvc.procedures';

const user = (username: string) => ({
  username,
  logonDomain: 'CORP',
  otherDomains: '',
  logonServer: 'DC-1',
});

describe('who is logged on', () => {
  it('is asked page by page, where the computer left off', async () => {
    const pages = [[user('anna'), user('PC-7$')], [user('bert')]];
    const resumed: unknown[] = [];
    const client = fakeRpcClient(
      new Map([
        answers(wkssvc.procedures.enumerateUsers, ({ resumeHandle }) => {
          resumed.push(resumeHandle);
          const entries = pages[resumed.length - 1] ?? [];
          return {
            info: { level: 1, discriminant: 1, container: { count: entries.length, entries } },
            total: 3,
            resumeHandle: 7,
            error: resumed.length < pages.length ? 234 : 0,
          };
        }),
      ]),
    );
    expect(await new RpcSystem(async () => client, 'PC-7').users()).toEqual([
      { username: 'anna', domain: 'CORP', logonServer: 'DC-1' },
      { username: 'PC-7$', domain: 'CORP', logonServer: 'DC-1' },
      { username: 'bert', domain: 'CORP', logonServer: 'DC-1' },
    ]);
    expect(resumed).toEqual([0, 7]);
  });

  it('is not asked for ever', async () => {
    const entries = [user('again')];
    const client = fakeRpcClient(
      new Map([
        answers(wkssvc.procedures.enumerateUsers, () => ({
          info: { level: 1, discriminant: 1, container: { count: 1, entries } },
          total: 1,
          resumeHandle: 1,
          error: 234,
        })),
      ]),
    );
    await expect(new RpcSystem(async () => client, 'PC-7').users()).rejects.toMatchObject({
      reason: 'limitExceeded',
    });
  });
});

describe('the list of services', () => {
  it('refuses names that lie outside of its buffer, and more entries than fit', () => {
    const buffer = Buffer.alloc(40);
    expect(() => decodeServiceList(buffer, 2)).toThrow(WireError);
    buffer.writeUInt32LE(0x7fff_ffff, 0);
    expect(() => decodeServiceList(buffer, 1)).toThrow(WireError);
    buffer.fill(0xff);
    expect(() => decodeServiceList(buffer, 1)).toThrow(WireError);
  });
});
