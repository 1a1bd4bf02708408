import type { Mechanism } from '@drover/windows-remote/protocol';
import type { AcceptedLogon } from '../smb/logon';

/** A finished NTLM logon as the protection of RPC packets, seen from the server. */
export class AcceptedMechanism implements Mechanism {
  readonly done = true;
  readonly signatureLength = 16;

  constructor(
    readonly rpcAuthType: number,
    private readonly logon: AcceptedLogon,
  ) {}

  get sessionKey(): Buffer {
    return this.logon.sessionKey;
  }

  step(): undefined {
    return undefined;
  }

  seal(message: Buffer, encryptStart: number, encryptEnd: number): { message: Buffer; signature: Buffer } {
    return this.logon.security.seal(message, encryptStart, encryptEnd);
  }

  unseal(message: Buffer, encryptStart: number, encryptEnd: number, signature: Buffer): Buffer {
    return this.logon.security.unseal(message, encryptStart, encryptEnd, signature);
  }

  sign(message: Buffer): Buffer {
    return this.logon.security.sign(message);
  }

  verify(message: Buffer, signature: Buffer): void {
    this.logon.security.verify(message, signature);
  }
}
