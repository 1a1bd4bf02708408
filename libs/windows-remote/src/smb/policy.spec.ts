import { dialects, signingAlgorithms } from './messages/negotiate';
import { settlePolicy, signingName } from './policy';

describe('the policy of an SMB session', () => {
  it('offers 3.0 to 3.1.1, every cipher and every signing algorithm unless told otherwise', () => {
    expect(settlePolicy({})).toEqual({
      dialects: [dialects.smb300, dialects.smb302, dialects.smb311],
      minimumDialect: '3.0',
      isEncryptionRequired: false,
      ciphers: [2, 4, 1, 3],
      signing: [2, 1],
    });
  });

  it('goes below 3.0 only when the floor is lowered', () => {
    expect(settlePolicy({ minimumDialect: '2.0.2', maximumDialect: '2.1' }).dialects).toEqual([0x202, 0x210]);
    expect(settlePolicy({ minimumDialect: '2.1' }).dialects).toEqual([0x210, 0x300, 0x302, 0x311]);
  });

  it('offers nothing that cannot be encrypted when encryption is required', () => {
    const policy = settlePolicy({ minimumDialect: '2.0.2', encryption: 'required' });
    expect(policy).toMatchObject({ dialects: [0x300, 0x302, 0x311], minimumDialect: '3.0' });
    expect(settlePolicy({ minimumDialect: '3.1.1', encryption: 'required' }).minimumDialect).toBe('3.1.1');
  });

  it.each([
    ['dialect', { minimumDialect: '3.1.1', maximumDialect: '3.0' }],
    ['dialect', { minimumDialect: '2.0.2', maximumDialect: '2.1', encryption: 'required' }],
    ['cipher', { encryption: 'required', ciphers: [] }],
    ['signing', { signing: [] }],
  ] as const)('is refused when it allows no %s', (what, policy) => {
    expect(() => settlePolicy(policy)).toThrow(what);
  });

  it('names the algorithm of each signature', () => {
    expect(Object.values(signingAlgorithms).map(signingName)).toEqual([
      'hmac-sha256',
      'aes-cmac',
      'aes-gmac',
    ]);
  });
});
