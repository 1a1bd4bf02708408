import { encryptionProfile } from './encryption-profile';
import { decodeKeytab } from './keytab';
import { WireError } from '../../wire/wire-error';

/** Written by ktutil of MIT Kerberos 1.20: `addent -password`, twice with this password. */
const password = 'Correct-Horse-7';
const header = '0502';
const userEntry =
  '000000460001000b44524f5645522e54455354000475736572000000016b0142d70300140020be48f347cd78f3c16f9401f6250ec3c5' +
  '586bd8ff3d4c078498820776a3877ebc00000003';
const hostEntry =
  '000000480002000b44524f5645522e544553540004686f7374001070632d372e64726f7665722e74657374000000016b0142d72c0011' +
  '001059acc93f2472b2082a3bf760269862fe0000012c';
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('a keytab of MIT Kerberos', () => {
  const [user, host] = decodeKeytab(hex(header + userEntry + hostEntry));

  it('names its principals and counts key versions beyond a byte', () => {
    expect(user).toMatchObject({ realm: 'DROVER.TEST', components: ['user'], keyVersion: 3 });
    expect(host).toMatchObject({ components: ['host', 'pc-7.drover.test'], keyVersion: 300 });
  });

  it('holds the keys that the password gives', () => {
    const expected = [
      encryptionProfile(20).keyOfPassword(password, Buffer.from('DROVER.TESTuser')),
      encryptionProfile(17).keyOfPassword(password, Buffer.from('DROVER.TESThostpc-7.drover.test')),
    ];
    expect([user?.key, host?.key]).toEqual(expected);
    expect([user?.encryptionType, host?.encryptionType]).toEqual([20, 17]);
  });

  it('is read across the hole that a deleted entry leaves', () => {
    const entries = decodeKeytab(hex(`${header}fffffffc00000000${hostEntry}`));
    expect(entries.map(({ keyVersion }) => keyVersion)).toEqual([300]);
  });

  it('is refused when it is cut inside an entry', () => {
    const whole = hex(header + userEntry);
    for (let length = 0; length < whole.length; length++) {
      if (length === header.length / 2) continue;
      expect(() => decodeKeytab(whole.subarray(0, length))).toThrow(WireError);
    }
  });

  it('is refused in another version', () => {
    expect(() => decodeKeytab(hex(`0501${userEntry}`))).toThrow(WireError);
  });
});
