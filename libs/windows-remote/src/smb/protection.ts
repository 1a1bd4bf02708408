/**
 * Signing and encryption of one SMB session, for either end, [MS-SMB2] 3.1.4. The keys come from the session key and,
 * with 3.1.1, from the hash over everything said before the logon was complete. SMB 2 signs with the session key itself.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AeadName } from '../crypto/aead';
import { aeadDecrypt, aeadEncrypt, aesGmac, isCcm, nonceBytes } from '../crypto/aead';
import { AesCmac } from '../crypto/aes-cmac';
import { deriveKey } from '../crypto/kdf';
import { RemoteError } from '../status/remote-error';
import { commands, headerFlags, TransformHeader, transformHeaderBytes } from './messages/header';
import { ciphers, dialects, signingAlgorithms } from './messages/negotiate';

export const cipherNames: Readonly<Record<number, AeadName>> = {
  [ciphers.aes128Ccm]: 'aes-128-ccm',
  [ciphers.aes128Gcm]: 'aes-128-gcm',
  [ciphers.aes256Ccm]: 'aes-256-ccm',
  [ciphers.aes256Gcm]: 'aes-256-gcm',
};

export interface ProtectionOptions {
  role: 'client' | 'server';
  dialect: number;
  sessionId: bigint;
  /** At least 16 bytes; only the first 16 are used, except by 256-bit ciphers. */
  sessionKey: Buffer;
  /** The session's preauthentication integrity hash, 64 bytes; ignored below 3.1.1. */
  preauthHash: Buffer;
  /** Cipher id, or undefined when encryption was not negotiated. */
  cipher: number | undefined;
  /** Which of `signingAlgorithms`; below 3.0 it is always HMAC-SHA256. */
  signingAlgorithm: number;
}

const signatureAt = 48;
const signatureBytes = 16;
const noSignature = Buffer.alloc(signatureBytes);

export class SmbProtection {
  readonly cipherName: AeadName | undefined;
  private readonly signingKey: Buffer;
  private readonly cmac: AesCmac | undefined;
  private readonly isHmac: boolean;
  private readonly encryptionKey: Buffer;
  private readonly decryptionKey: Buffer;
  private nonceCounter = 0n;

  constructor(private readonly options: ProtectionOptions) {
    const { sessionKey, cipher } = options;
    const key16 = sessionKey.subarray(0, 16);
    this.cipherName = cipher === undefined ? undefined : cipherNames[cipher];
    const labels = options.dialect >= dialects.smb311 ? labels311(options.preauthHash) : labels300;
    const cipherBits = this.cipherName?.startsWith('aes-256') === true ? 256 : 128;
    const cipherSecret = cipherBits === 256 ? sessionKey : key16;
    const isSmb2 = options.dialect < dialects.smb300;
    this.signingKey = isSmb2 ? key16 : deriveKey(key16, ...labels.signing, 128);
    const toServer = deriveKey(cipherSecret, ...labels.toServer, cipherBits);
    const toClient = deriveKey(cipherSecret, ...labels.toClient, cipherBits);
    this.encryptionKey = options.role === 'client' ? toServer : toClient;
    this.decryptionKey = options.role === 'client' ? toClient : toServer;
    this.isHmac = isSmb2;
    if (!isSmb2 && options.signingAlgorithm !== signingAlgorithms.aesGmac)
      this.cmac = new AesCmac(this.signingKey);
  }

  /** Sets the signed flag and the signature of one message (in a compound: with its padding) in place. */
  sign(message: Buffer): void {
    message.writeUInt32LE((message.readUInt32LE(16) | headerFlags.signed) >>> 0, 16);
    noSignature.copy(message, signatureAt);
    this.signature(message, this.options.role).copy(message, signatureAt);
  }

  /** Whether the peer has signed this message with the session's key. */
  isSigned(message: Buffer): boolean {
    if ((message.readUInt32LE(16) & headerFlags.signed) === 0) return false;
    const found = Buffer.from(message.subarray(signatureAt, signatureAt + signatureBytes));
    noSignature.copy(message, signatureAt);
    const expected = this.signature(message, this.options.role === 'client' ? 'server' : 'client');
    found.copy(message, signatureAt);
    return timingSafeEqual(found, expected);
  }

  /** One message or compound, sealed behind a TRANSFORM_HEADER: header and sealed bytes, to be sent one after the other. */
  encrypt(plain: Buffer): [Buffer, Buffer] {
    const name = this.demandCipher();
    const nonce = Buffer.alloc(16);
    nonce.writeBigUInt64LE(this.nonceCounter++);
    const { sessionId } = this.options;
    const header = TransformHeader.encode({
      signature: noSignature,
      nonce,
      originalMessageBytes: plain.length,
      sessionId,
    });
    const used = nonce.subarray(0, isCcm(name) ? nonceBytes.ccm : nonceBytes.gcm);
    const { sealed, tag } = aeadEncrypt(name, this.encryptionKey, used, header.subarray(20), plain);
    tag.copy(header, 4);
    return [header, sealed];
  }

  /** @throws RemoteError protocol/signature when the bytes were not sealed with the session's key. */
  decrypt(frame: Buffer): Buffer {
    const name = this.demandCipher();
    const { signature, nonce } = TransformHeader.decode(frame);
    const used = nonce.subarray(0, isCcm(name) ? nonceBytes.ccm : nonceBytes.gcm);
    const aad = frame.subarray(20, transformHeaderBytes);
    const plain = aeadDecrypt(
      name,
      this.decryptionKey,
      used,
      aad,
      frame.subarray(transformHeaderBytes),
      signature,
    );
    if (plain === undefined)
      throw new RemoteError('protocol', 'signature', 'an encrypted message is not authentic');
    return plain;
  }

  private demandCipher(): AeadName {
    if (this.cipherName === undefined)
      throw new RemoteError('protocol', 'unexpectedReply', 'encryption was not negotiated');
    return this.cipherName;
  }

  /** [MS-SMB2] 3.1.4.1; with GMAC the nonce is the message id, the direction and whether it is a CANCEL. */
  private signature(message: Buffer, sender: 'client' | 'server'): Buffer {
    if (this.cmac !== undefined) return this.cmac.compute(message);
    if (this.isHmac)
      return createHmac('sha256', this.signingKey).update(message).digest().subarray(0, signatureBytes);
    const nonce = Buffer.alloc(12);
    message.copy(nonce, 0, 24, 32);
    const isCancel = message.readUInt16LE(12) === commands.cancel;
    nonce.writeUInt32LE((sender === 'server' ? 1 : 0) | (isCancel ? 2 : 0), 8);
    return aesGmac(this.signingKey, nonce, message);
  }
}

type Derivation = readonly [label: string, context: Buffer];
type Labels = Record<'signing' | 'toServer' | 'toClient', Derivation>;

/** [MS-SMB2] 3.2.5.3.1, 3.1.1: the context is the preauthentication hash. */
const labels311 = (hash: Buffer): Labels => ({
  signing: ['SMBSigningKey\0', hash],
  toServer: ['SMBC2SCipherKey\0', hash],
  toClient: ['SMBS2CCipherKey\0', hash],
});

/** [MS-SMB2] 3.2.5.3.1, 3.0 and 3.0.2. */
const labels300: Labels = {
  signing: ['SMB2AESCMAC\0', Buffer.from('SmbSign\0')],
  toServer: ['SMB2AESCCM\0', Buffer.from('ServerIn \0')],
  toClient: ['SMB2AESCCM\0', Buffer.from('ServerOut\0')],
};
