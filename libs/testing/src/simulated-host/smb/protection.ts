/** Keys of one SMB session and what they do: sign, verify, seal and open messages, [MS-SMB2] 3.1.4 and 3.1.5. */
import {
  AesCmac,
  aeadDecrypt,
  aeadEncrypt,
  aesGmac,
  ciphers,
  deriveKey,
  dialects,
  isCcm,
  nonceBytes,
  signingAlgorithms,
  TransformHeader,
  transformHeaderBytes,
  type AeadName,
} from '@drover/windows-remote/protocol';
import type { Negotiated } from './negotiation';

export class Protection {
  private readonly signingKey: Buffer;
  private readonly cmac: AesCmac;
  private readonly sealKey: Buffer;
  private readonly openKey: Buffer;
  readonly cipher: AeadName | undefined;
  private readonly gmac: boolean;
  /** Nonces count up: the key belongs to one session and one direction, so none comes twice. */
  private nextNonce = 1n;

  constructor(negotiated: Negotiated, sessionKey: Buffer, preauthHash: Buffer) {
    const is311 = negotiated.dialect === dialects.smb311;
    this.cipher = cipherNames[negotiated.cipher];
    this.gmac = negotiated.signing === signingAlgorithms.aesGmac;
    const bits =
      negotiated.cipher === ciphers.aes256Ccm || negotiated.cipher === ciphers.aes256Gcm ? 256 : 128;
    const key = ([label311, label300, context300]: readonly string[], size: 128 | 256): Buffer =>
      is311
        ? deriveKey(sessionKey, label311 as string, preauthHash, size)
        : deriveKey(sessionKey, label300 as string, Buffer.from(context300 as string, 'latin1'), size);
    this.signingKey = key(keyLabels.signing, 128);
    this.cmac = new AesCmac(this.signingKey);
    this.openKey = key(keyLabels.clientToServer, bits);
    this.sealKey = key(keyLabels.serverToClient, bits);
  }

  /** Writes the signature into a message whose header already carries the signed flag. */
  sign(message: Buffer): void {
    this.signature(message, true).copy(message, signatureOffset);
  }

  verify(message: Buffer): boolean {
    return this.signature(message, false).equals(message.subarray(signatureOffset, signatureOffset + 16));
  }

  private signature(message: Buffer, fromServer: boolean): Buffer {
    const cleared = Buffer.from(message);
    cleared.fill(0, signatureOffset, signatureOffset + 16);
    if (!this.gmac) return this.cmac.compute(cleared);
    const nonce = Buffer.alloc(12);
    cleared.copy(nonce, 0, messageIdOffset, messageIdOffset + 8);
    const isCancel = cleared.readUInt16LE(commandOffset) === cancelCommand;
    nonce.writeUInt32LE((fromServer ? 1 : 0) | (isCancel ? 2 : 0), 8);
    return aesGmac(this.signingKey, nonce, cleared);
  }

  seal(message: Buffer, sessionId: bigint): Buffer {
    const cipher = this.cipher as AeadName;
    const size = nonceBytes[isCcm(cipher) ? 'ccm' : 'gcm'];
    const nonce = Buffer.alloc(16);
    nonce.writeBigUInt64LE(this.nextNonce++, 0);
    const header = TransformHeader.encode({
      signature: Buffer.alloc(16),
      nonce,
      originalMessageBytes: message.length,
      sessionId,
    });
    const { sealed, tag } = aeadEncrypt(
      cipher,
      this.sealKey,
      nonce.subarray(0, size),
      header.subarray(20),
      message,
    );
    tag.copy(header, 4);
    return Buffer.concat([header, sealed]);
  }

  /** The plain message inside a TRANSFORM_HEADER frame, or undefined when it does not open. */
  open(frame: Buffer): Buffer | undefined {
    if (this.cipher === undefined || frame.length < transformHeaderBytes) return undefined;
    const header = TransformHeader.decode(frame);
    const size = nonceBytes[isCcm(this.cipher) ? 'ccm' : 'gcm'];
    const sealed = frame.subarray(transformHeaderBytes);
    const aad = frame.subarray(20, transformHeaderBytes);
    return aeadDecrypt(
      this.cipher,
      this.openKey,
      header.nonce.subarray(0, size),
      aad,
      sealed,
      header.signature,
    );
  }
}

const signatureOffset = 48;
const messageIdOffset = 24;
const commandOffset = 12;
const cancelCommand = 12;

/** Labels and contexts of [MS-SMB2] 3.3.5.5.3: for 3.1.1 a label (the context is the hash), before it both. */
const keyLabels = {
  signing: ['SMBSigningKey\0', 'SMB2AESCMAC\0', 'SmbSign\0'],
  clientToServer: ['SMBC2SCipherKey\0', 'SMB2AESCCM\0', 'ServerIn \0'],
  serverToClient: ['SMBS2CCipherKey\0', 'SMB2AESCCM\0', 'ServerOut\0'],
} as const;

const cipherNames: Record<number, AeadName> = {
  [ciphers.aes128Ccm]: 'aes-128-ccm',
  [ciphers.aes128Gcm]: 'aes-128-gcm',
  [ciphers.aes256Ccm]: 'aes-256-ccm',
  [ciphers.aes256Gcm]: 'aes-256-gcm',
};
