/**
 * The encryption types of Kerberos that are spoken: AES with HMAC-SHA1, RFC 3962, and AES with HMAC-SHA2, RFC 8009.
 * DES, triple DES and RC4 are not among them.
 */
import { createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { RemoteError } from '../../status/remote-error';
import { blockBytes, ctsDecrypt, ctsEncrypt } from './aes-cts';
import { nFold } from './n-fold';

export interface EncryptionProfile {
  /** The number of the encryption type, RFC 3961 8 and RFC 8009 7. */
  readonly number: number;
  readonly name: string;
  readonly keyBytes: number;
  /** Bytes of the checksum of that key. */
  readonly checksumBytes: number;
  /**
   * The long-term key of a password. @param iterations what the KDC says; undefined for the default of the type.
   * @throws RemoteError protocol/limitExceeded when the KDC asks for more iterations than a client should do.
   */
  keyOfPassword(password: string, salt: Buffer, iterations?: number): Buffer;
  /** @param usage the key usage number, RFC 4120 7.5.1. @param confounder fixed by test vectors only. */
  encrypt(key: Buffer, usage: number, plain: Buffer, confounder?: Buffer): Buffer;
  /** @throws RemoteError protocol/signature when the message is not intact or made with another key or usage. */
  decrypt(key: Buffer, usage: number, encrypted: Buffer): Buffer;
  checksum(key: Buffer, usage: number, message: Buffer): Buffer;
}

/** A KDC that nobody has authenticated yet names the number: unlimited, it could keep the client busy for hours. */
const iterationsMax = 1_000_000;

/** How a type derives keys, and what its HMAC covers. */
interface Design {
  number: number;
  name: string;
  keyBytes: 16 | 32;
  hash: 'sha1' | 'sha256' | 'sha384';
  checksumBytes: number;
  defaultIterations: number;
  /** RFC 3962 authenticates the plain text, RFC 8009 the vector and the encrypted text. */
  covers: 'plain' | 'encrypted';
  derive(key: Buffer, constant: Buffer, bytes: number): Buffer;
  salt(salt: Buffer): Buffer;
}

/** Endings of the key usage constants, RFC 3961 5.3. */
const purposes = { checksum: 0x99, encryption: 0xaa, integrity: 0x55 } as const;

const sha1Design = (number: number, keyBytes: 16 | 32): Design => {
  const name = `aes${keyBytes * 8}-cts-hmac-sha1-96`;
  const salt = (bytes: Buffer): Buffer => bytes;
  return {
    number,
    name,
    keyBytes,
    hash: 'sha1',
    checksumBytes: 12,
    defaultIterations: 4096,
    covers: 'plain',
    derive: deriveByFolding,
    salt,
  };
};

const sha2Design = (number: number, keyBytes: 16 | 32, hash: 'sha256' | 'sha384'): Design => {
  const checksumBytes = keyBytes === 16 ? 16 : 24;
  const name = `aes${keyBytes * 8}-cts-hmac-${hash}-${checksumBytes * 8}`;
  return {
    number,
    name,
    keyBytes,
    hash,
    checksumBytes,
    defaultIterations: 32_768,
    covers: 'encrypted',
    derive: (key, constant, bytes) => deriveByHmac(hash, key, constant, bytes),
    salt: (bytes) => Buffer.concat([Buffer.from(`${name}\0`, 'latin1'), bytes]),
  };
};

/** DK of RFC 3961 5.1: the folded constant encrypted again and again. */
function deriveByFolding(key: Buffer, constant: Buffer, bytes: number): Buffer {
  const blocks: Buffer[] = [];
  let block = constant.length === blockBytes ? constant : nFold(constant, blockBytes);
  for (let have = 0; have < bytes; have += blockBytes) blocks.push((block = ctsEncrypt(key, block)));
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** KDF-HMAC-SHA2 of RFC 8009 3; one block of the hash is always enough. */
function deriveByHmac(hash: 'sha256' | 'sha384', key: Buffer, constant: Buffer, bytes: number): Buffer {
  const input = Buffer.alloc(4 + constant.length + 5);
  input.writeUInt32BE(1, 0);
  constant.copy(input, 4);
  input.writeUInt32BE(bytes * 8, constant.length + 5);
  return createHmac(hash, key).update(input).digest().subarray(0, bytes);
}

class AesProfile implements EncryptionProfile {
  readonly number: number;
  readonly name: string;
  readonly keyBytes: number;
  readonly checksumBytes: number;

  constructor(private readonly design: Design) {
    ({
      number: this.number,
      name: this.name,
      keyBytes: this.keyBytes,
      checksumBytes: this.checksumBytes,
    } = design);
  }

  keyOfPassword(password: string, salt: Buffer, iterations = this.design.defaultIterations): Buffer {
    if (iterations < 1 || iterations > iterationsMax) {
      throw new RemoteError('protocol', 'limitExceeded', `a password key of ${iterations} iterations`);
    }
    const { design } = this;
    const seed = pbkdf2Sync(password, design.salt(salt), iterations, design.keyBytes, design.hash);
    return design.derive(seed, Buffer.from('kerberos', 'latin1'), design.keyBytes);
  }

  encrypt(key: Buffer, usage: number, plain: Buffer, confounder: Buffer = randomBytes(blockBytes)): Buffer {
    const message = Buffer.concat([confounder, plain]);
    const encrypted = ctsEncrypt(this.usageKey(key, usage, 'encryption'), message);
    return Buffer.concat([encrypted, this.integrity(key, usage, message, encrypted)]);
  }

  decrypt(key: Buffer, usage: number, encrypted: Buffer): Buffer {
    const end = encrypted.length - this.checksumBytes;
    if (end < blockBytes)
      throw new RemoteError('protocol', 'malformed', 'a Kerberos cipher text is too short');
    const body = encrypted.subarray(0, end);
    const message = ctsDecrypt(this.usageKey(key, usage, 'encryption'), body);
    if (!timingSafeEqual(this.integrity(key, usage, message, body), encrypted.subarray(end))) {
      throw new RemoteError('protocol', 'signature', 'a Kerberos cipher text is not intact');
    }
    return message.subarray(blockBytes);
  }

  checksum(key: Buffer, usage: number, message: Buffer): Buffer {
    return this.hmac(this.usageKey(key, usage, 'checksum'), message);
  }

  private integrity(key: Buffer, usage: number, message: Buffer, encrypted: Buffer): Buffer {
    const covered =
      this.design.covers === 'plain' ? message : Buffer.concat([Buffer.alloc(blockBytes), encrypted]);
    return this.hmac(this.usageKey(key, usage, 'integrity'), covered);
  }

  private hmac(key: Buffer, message: Buffer): Buffer {
    return createHmac(this.design.hash, key).update(message).digest().subarray(0, this.checksumBytes);
  }

  /** RFC 3961 5.3. In RFC 8009 5 the keys of HMACs are as long as their output is kept. */
  private usageKey(key: Buffer, usage: number, purpose: keyof typeof purposes): Buffer {
    if (key.length !== this.keyBytes)
      throw new RangeError(`a key of ${this.name} has ${this.keyBytes} bytes`);
    const constant = Buffer.alloc(5);
    constant.writeUInt32BE(usage, 0);
    constant[4] = purposes[purpose];
    const isShort = purpose !== 'encryption' && this.design.covers === 'encrypted';
    return this.design.derive(key, constant, isShort ? this.checksumBytes : this.keyBytes);
  }
}

/** In order of preference. */
export const encryptionProfiles: readonly EncryptionProfile[] = [
  new AesProfile(sha2Design(20, 32, 'sha384')),
  new AesProfile(sha2Design(19, 16, 'sha256')),
  new AesProfile(sha1Design(18, 32)),
  new AesProfile(sha1Design(17, 16)),
];

/** @throws RemoteError protocol/unsupported for a type that is not spoken: RC4 (23) and DES among them. */
export function encryptionProfile(number: number): EncryptionProfile {
  const profile = encryptionProfiles.find((one) => one.number === number);
  if (profile !== undefined) return profile;
  throw new RemoteError('protocol', 'unsupported', `Kerberos encryption type ${number} is not spoken`);
}
