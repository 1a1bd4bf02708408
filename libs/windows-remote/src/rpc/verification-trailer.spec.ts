import { procedure, rpcInterface } from './procedure';
import { withVerification } from './verification-trailer';

const target = rpcInterface({
  uuid: '12345678-9abc-def0-0123-456789abcdef',
  major: 1,
  minor: 0,
  pipeName: 'x',
  procedures: { act: procedure(7, {}, {}) },
});

describe('the verification trailer', () => {
  it('stands aligned behind the stub: bitmask, interface and header, the last one marked', () => {
    const stub = Buffer.from('aabbcc', 'hex');
    const whole = withVerification(stub, { target, header: { callId: 5, opnum: 7 } });
    expect(whole.toString('hex')).toBe(
      [
        'aabbcc00', // stub and padding
        '8ae3137102f43671', // signature
        '01000400' + '01000000', // SEC_VT_COMMAND_BITMASK_1, header signing
        '02002800' + '78563412bc9af0de0123456789abcdef' + '01000000', // SEC_VT_COMMAND_PCONTEXT
        '045d888aeb1cc9119fe808002b104860' + '02000000', // NDR
        '03401000' + '00000000' + '10000000' + '05000000' + '0000' + '0700', // SEC_VT_COMMAND_HEADER2, end
      ].join(''),
    );
  });

  it('says nothing that is known already', () => {
    const stub = Buffer.alloc(5, 1);
    expect(withVerification(stub, { target: undefined, header: undefined })).toBe(stub);
  });
});
