import { decodeFields, encodeFields } from '../rpc/ndr';
import { WireError } from '../wire/wire-error';
import { decodeValue, encodeValue } from './registry-value';
import { initShutdown } from './rsp.procedures';
import { srvsvc } from './srvsvc.procedures';
import { serviceListing, svcctl } from './svcctl.procedures';
import { taskAdministration, taskScheduler } from './tsch.procedures';
import { keySecurity, winreg } from './winreg.procedures';
import { wkssvc } from './wkssvc.procedures';

const hex = (text: string) => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const key = Buffer.from('0100000069b51de946a6b543aedf8b400b850beb', 'hex');

describe('the procedure tables', () => {
  it('read the answer that Samba gives to BaseRegEnumValue', () => {
    const stub = hex(`0800 0080 14000200 00400000 00000000 04000000 610062006300 0000
      18000200 04000000 1c000200 04000000 00000000 04000000 01000000
      20000200 04000000 24000200 04000000 00000000`);
    expect(decodeFields(winreg.procedures.enumerateValue.output, stub)).toEqual({
      name: { maximumBytes: 0x8000, text: 'abc' },
      type: 4,
      data: { capacityBytes: 4, data: hex('01000000') },
      capacityBytes: 4,
      lengthBytes: 4,
      error: 0,
    });
  });

  it('read the request that impacket writes for SchRpcRun', () => {
    const stub = hex(`03000000 00000000 03000000 5c0061000000 bfbf 02000000
      efc30000 02000000 c03a0000 49240000
      06000000 00000000 06000000 62006500670069006e000000
      03000000 00000000 03000000 780079000000 bfbf
      00000000 00000000 00000000`);
    expect(decodeFields(taskScheduler.procedures.run.input, stub)).toEqual({
      path: '\\a',
      argumentCount: 2,
      arguments: ['begin', 'xy'],
      flags: 0,
      sessionId: 0,
      user: undefined,
    });
  });

  const requests = [
    [
      'BaseRegCreateKey',
      winreg.procedures.createKey.input,
      {
        key,
        path: 'SOFTWARE\\Drover',
        class: undefined,
        options: 1,
        access: 0x0200_0100,
        security: {
          lengthBytes: 12,
          descriptor: {
            bytes: { capacityBytes: 3, data: hex('010203') },
            capacityBytes: 3,
            lengthBytes: 3,
          },
          isInherited: 0,
        },
        disposition: 0,
      },
    ],
    [
      'BaseRegEnumKey',
      winreg.procedures.enumerateKey.input,
      {
        key,
        index: 3,
        name: { maximumBytes: 512, text: '' },
        class: { maximumBytes: 512, text: '' },
        lastWriteAt: 5n,
      },
    ],
    [
      'RQueryServiceConfigW',
      svcctl.procedures.queryConfig.output,
      {
        config: {
          type: 32,
          startType: 2,
          errorControl: 1,
          binaryPath: 'C:\\a.exe',
          loadOrderGroup: '',
          tagId: 0,
          dependencies: undefined,
          startName: 'LocalSystem',
          displayName: 'A',
        },
        neededBytes: 0,
        error: 0,
      },
    ],
    [
      'SchRpcRegisterTask',
      taskScheduler.procedures.registerTask.input,
      {
        path: '\\a',
        xml: '<Task/>',
        flags: 2,
        sddl: undefined,
        logonType: 1,
        credentialCount: 1,
        credentials: [{ userId: 'user', password: 'word', flags: 0 }],
      },
    ],
    [
      'SchRpcRegisterTask, answered with where the definition is wrong',
      taskScheduler.procedures.registerTask.output,
      {
        actualPath: undefined,
        errorInfo: { line: 3, column: 4, node: 'Priority', value: 'eleven' },
        error: 0x8004_1318,
      },
    ],
    [
      'SchRpcEnumTasks',
      taskScheduler.procedures.enumerateTasks.output,
      { startIndex: 2, nameCount: 2, names: ['a', 'bcd'], error: 1 },
    ],
    [
      'BaseInitiateShutdownEx',
      initShutdown.procedures.initiate.input,
      {
        serverName: undefined,
        message: 'Grüße',
        delaySeconds: 60,
        isForced: 1,
        isRestart: 0,
        reason: 0x8000_0000,
      },
    ],
    [
      'NetrSessionEnum',
      srvsvc.procedures.enumerateSessions.output,
      {
        info: {
          level: 1,
          discriminant: 1,
          container: {
            count: 1,
            entries: [
              {
                client: 'PC-1',
                user: 'anna',
                openFileCount: 2,
                activeSeconds: 3,
                idleSeconds: 4,
                userFlags: 0,
              },
            ],
          },
        },
        total: 1,
        resumeHandle: undefined,
        error: 0,
      },
    ],
    [
      'NetrWkstaGetInfo',
      wkssvc.procedures.workstationInfo.output,
      {
        discriminant: 100,
        info: {
          platform: 500,
          computerName: 'PC-7',
          domainOrWorkgroup: 'CORP',
          majorVersion: 10,
          minorVersion: 0,
        },
        error: 0,
      },
    ],
    [
      'BaseRegGetKeySecurity',
      keySecurity.getSecurity.output,
      {
        descriptor: { bytes: { capacityBytes: 3, data: hex('010203') }, capacityBytes: 3, lengthBytes: 3 },
        error: 0,
      },
    ],
    [
      'REnumServicesStatusW',
      serviceListing.enumerate.output,
      { buffer: hex('00'.repeat(36)), neededBytes: 0, serviceCount: 1, resumeIndex: 0, error: 0 },
    ],
    ['SchRpcGetSecurity', taskAdministration.getSecurity.output, { sddl: 'D:P(A;;FA;;;BA)', error: 0 }],
  ] as const;

  it.each(requests)('write and read %s alike, and refuse it cut at any byte', (_name, fields, values) => {
    const stub = encodeFields(fields, values as never);
    expect(decodeFields(fields, stub)).toEqual(values);
    for (let size = 0; size < stub.length; size += 1)
      expect(() => decodeFields(fields, stub.subarray(0, size))).toThrow(WireError);
  });
});

describe('registry values', () => {
  it.each([
    [{ type: 'sz', text: 'a' }, 1, '61000000'],
    [{ type: 'expandSz', text: '' }, 2, '0000'],
    [{ type: 'binary', data: hex('00ff') }, 3, '00ff'],
    [{ type: 'dword', number: 0x01020304 }, 4, '04030201'],
    [{ type: 'multiSz', texts: ['a', 'b'] }, 7, '61000000620000000000'],
    [{ type: 'qword', number: 1n }, 11, '0100000000000000'],
    [{ type: 'other', typeCode: 9, data: hex('01') }, 9, '01'],
  ] as const)('keep %j', (value, typeCode, data) => {
    expect(encodeValue(value as never)).toEqual({ typeCode, data: hex(data) });
    expect(decodeValue(typeCode, hex(data))).toEqual(value);
  });

  it('read text that somebody stored without its terminator', () => {
    expect(decodeValue(1, hex('6100'))).toEqual({ type: 'sz', text: 'a' });
    expect(decodeValue(7, hex('6100'))).toEqual({ type: 'multiSz', texts: ['a'] });
  });

  it('refuse a number of a wrong size', () => {
    expect(() => decodeValue(4, hex('0102'))).toThrow(WireError);
  });
});
