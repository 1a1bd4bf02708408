import { ctsDecrypt, ctsEncrypt } from './aes-cts';
import { encryptionProfile, encryptionProfiles } from './encryption-profile';
import { nFold } from './n-fold';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('n-fold', () => {
  it.each([
    ['012345', 'be072631276b1955'],
    ['password', '78a07b6caf85fa'],
    ['kerberos', '6b65726265726f737b9b5b2b93132b93'],
  ])('folds %j as RFC 3961 A.1 prints it', (text, folded) => {
    expect(nFold(Buffer.from(text), folded.length / 2).toString('hex')).toBe(folded);
  });
});

describe('AES with ciphertext stealing', () => {
  const key = Buffer.from('chicken teriyaki');
  const text = Buffer.from("I would like the General Gau's Chicken, please,");
  it.each([
    [17, 'c6353568f2bf8cb4d8a580362da7ff7f97'],
    [31, 'fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5'],
    [32, '39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584'],
  ])('encrypts %i bytes as RFC 3962 B prints it, and back', (length, encrypted) => {
    const plain = text.subarray(0, length);
    expect(ctsEncrypt(key, plain).toString('hex')).toBe(encrypted);
    expect(ctsDecrypt(key, hex(encrypted))).toEqual(plain);
  });
});

describe('the keys of passwords', () => {
  const athena = Buffer.from('ATHENA.MIT.EDUraeburn');
  const salted = Buffer.concat([hex('10df9dd783e5bc8acea1730e74355f61'), athena]);
  it.each([
    [17, 1, athena, '42263c6e89f4fc28b8df68ee09799f15'],
    [17, 1200, athena, '4c01cd46d632d01e6dbe230a01ed642a'],
    [18, 1, athena, 'fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161'],
    [18, 1200, athena, '55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a'],
    [19, undefined, salted, '089bca48b105ea6ea77ca5d2f39dc5e7'],
    [20, undefined, salted, '45bd806dbf6a833a9cffc1c94589a222367a79bc21c413718906e9f578a78467'],
  ])(
    'of type %i with %p iterations are those of RFC 3962 B and RFC 8009 A',
    (type, iterations, salt, key) => {
      expect(encryptionProfile(type).keyOfPassword('password', salt, iterations).toString('hex')).toBe(key);
    },
  );

  it('are not computed with as many iterations as a hostile KDC likes', () => {
    const compute = () => encryptionProfile(18).keyOfPassword('password', athena, 4_294_967_295);
    expect(compute).toThrow(expect.objectContaining({ reason: 'limitExceeded' }));
  });
});

describe('encryption types 19 and 20, RFC 8009 A', () => {
  const short = '3705d96080c17728a0e800eab6e0d23c';
  const long = '6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52';
  it.each([
    [
      19,
      short,
      '',
      '7e5895eaf2672435bad817f545a37148',
      'ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718',
    ],
    [
      19,
      short,
      '000102030405',
      '7bca285e2fd4130fb55b1a5c83bc5b24',
      '84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c',
    ],
    [
      20,
      long,
      '',
      'f764e9fa15c276478b2c7d0c4e5f58e4',
      '41f53fa5bfe7026d91faf9be959195a058707273a96a40f0a01960621ac612748b9bbfbe7eb4ce3c',
    ],
  ])('type %i encrypts with key %s the text "%s" as printed', (type, key, plain, confounder, encrypted) => {
    const profile = encryptionProfile(type);
    expect(profile.encrypt(hex(key), 2, hex(plain), hex(confounder)).toString('hex')).toBe(encrypted);
    expect(profile.decrypt(hex(key), 2, hex(encrypted))).toEqual(hex(plain));
  });
});

describe('encryption types 17 and 18, as impacket 0.10 encrypts and signs', () => {
  const confounder = hex('000102030405060708090a0b0c0d0e0f');
  it.each([
    [17, '', '47364308770279cfa4e1c6d8719e90dc907ebe63ff5b2a0a439a0299'],
    [17, '0123456789', '7918f5b26370eb9b5e3afc6228c21e9b47364308770279cfa4e1659cf6cecef8210ebec53410'],
    [18, '', 'ef42ac49d1e1dd75b9f2ea48e6d7a5211e108fb65bb29257a5552e40'],
    [18, '0123456789', '433666b0a40325967d019ac84b21b618ef42ac49d1e1dd75b9f2d74a8998d87ec0aef2e2c305'],
  ])('type %i encrypts the text "%s"', (type, plain, encrypted) => {
    const profile = encryptionProfile(type);
    const key = Buffer.from('0123456789abcdef'.repeat(2)).subarray(0, profile.keyBytes);
    expect(profile.encrypt(key, 7, Buffer.from(plain), confounder).toString('hex')).toBe(encrypted);
  });

  it.each([
    [17, '40e4280eaa60db38d601ac09'],
    [18, 'af798083b2ff5ce86ffeda1b'],
  ])('type %i makes a checksum', (type, checksum) => {
    const profile = encryptionProfile(type);
    const key = Buffer.from('0123456789abcdef'.repeat(2)).subarray(0, profile.keyBytes);
    expect(profile.checksum(key, 7, Buffer.from('message')).toString('hex')).toBe(checksum);
  });
});

describe.each(encryptionProfiles)('$name', (profile) => {
  const key = Buffer.alloc(profile.keyBytes, 7);

  it.each([0, 1, 15, 16, 17, 31, 32, 33, 100])('gives %i bytes back', (length) => {
    const plain = Buffer.alloc(length, 0x61);
    expect(profile.decrypt(key, 3, profile.encrypt(key, 3, plain))).toEqual(plain);
  });

  it('refuses a text that was changed at any byte, another usage and another key', () => {
    const encrypted = profile.encrypt(key, 3, Buffer.from('attack at dawn'));
    const signature = expect.objectContaining({ kind: 'protocol', reason: 'signature' });
    for (let at = 0; at < encrypted.length; at++) {
      const changed = Buffer.from(encrypted);
      changed[at]! ^= 1;
      expect(() => profile.decrypt(key, 3, changed)).toThrow(signature);
    }
    expect(() => profile.decrypt(key, 4, encrypted)).toThrow(signature);
    expect(() => profile.decrypt(Buffer.alloc(profile.keyBytes, 8), 3, encrypted)).toThrow(signature);
  });

  it('refuses a text that is shorter than its frame', () => {
    const malformed = expect.objectContaining({ kind: 'protocol', reason: 'malformed' });
    for (let length = 0; length < 16 + profile.checksumBytes; length++) {
      expect(() => profile.decrypt(key, 3, Buffer.alloc(length))).toThrow(malformed);
    }
  });
});

it('RC4 and DES are not spoken', () => {
  for (const type of [1, 3, 16, 23, 24])
    expect(() => encryptionProfile(type)).toThrow(expect.objectContaining({ reason: 'unsupported' }));
});
