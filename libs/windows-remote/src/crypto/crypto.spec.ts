import { randomBytes } from 'node:crypto';
import { aeadDecrypt, aeadEncrypt, aesGmac, nonceBytes } from './aead';
import { AesCmac } from './aes-cmac';
import { deriveKey } from './kdf';
import { md4 } from './md4';
import { Rc4 } from './rc4';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('MD4', () => {
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ])('hashes %j as RFC 1320 A.5 prints it', (text, digest) => {
    expect(md4(Buffer.from(text)).toString('hex')).toBe(digest);
  });
});

describe('RC4', () => {
  it.each([
    ['0102030405', 'b2396305f03dc027ccc3524a0a1118a8'],
    ['0102030405060708090a0b0c0d0e0f10', '9ac7cc9a609d1ef7b2932899cde41b97'],
  ])('produces the key stream of RFC 6229 for key %s', (key, stream) => {
    expect(new Rc4(hex(key)).apply(Buffer.alloc(16)).toString('hex')).toBe(stream);
  });

  it('continues its stream from one message to the next', () => {
    const one = new Rc4(hex('0102030405'));
    const parts = Buffer.concat([one.apply(Buffer.alloc(7)), one.apply(Buffer.alloc(9))]);
    expect(parts.toString('hex')).toBe('b2396305f03dc027ccc3524a0a1118a8');
  });
});

describe('AES-CMAC', () => {
  const message = hex(
    '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
  );
  it.each([
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('of %d bytes is what RFC 4493 4 prints', (size, mac) => {
    const cmac = new AesCmac(hex('2b7e151628aed2a6abf7158809cf4f3c'));
    expect(cmac.compute(message.subarray(0, size)).toString('hex')).toBe(mac);
  });
});

describe('AEAD', () => {
  it('GMAC of nothing under the zero key is the tag of the GCM specification, test case 1', () => {
    expect(aesGmac(Buffer.alloc(16), Buffer.alloc(12), Buffer.alloc(0)).toString('hex')).toBe(
      '58e2fccefa7e3061367f1d57a4e7455a',
    );
  });

  it.each(['aes-128-ccm', 'aes-128-gcm', 'aes-256-ccm', 'aes-256-gcm'] as const)(
    '%s opens what it sealed and nothing else',
    (name) => {
      const key = randomBytes(name.includes('256') ? 32 : 16);
      const nonce = randomBytes(name.endsWith('ccm') ? nonceBytes.ccm : nonceBytes.gcm);
      const aad = Buffer.from('header');
      const plain = Buffer.from('a message');
      const { sealed, tag } = aeadEncrypt(name, key, nonce, aad, plain);
      expect(aeadDecrypt(name, key, nonce, aad, sealed, tag)).toEqual(plain);
      expect(aeadDecrypt(name, key, nonce, Buffer.from('Header'), sealed, tag)).toBeUndefined();
      sealed[0]! ^= 1;
      expect(aeadDecrypt(name, key, nonce, aad, sealed, tag)).toBeUndefined();
    },
  );
});

describe('SP 800-108 key derivation', () => {
  // "SMB 2 and SMB 3 security in Windows 10: the anatomy of signing and cryptographic keys", Microsoft Open
  // Specifications blog: the 3.0 multichannel example's signing key.
  it('derives the SMB 3.0 signing key of the published example', () => {
    const session = hex('7CD451825D0450D235424E44BA6E78CC');
    const key = deriveKey(session, 'SMB2AESCMAC\0', Buffer.from('SmbSign\0'), 128);
    expect(key.toString('hex').toUpperCase()).toBe('0B7E9C5CAC36C0F6EA9AB275298CEDCE');
  });
});
