/**
 * The one face that SMB and RPC see of an authentication method; NTLM, SPNEGO and Kerberos each implement it.
 * A mechanism belongs to one security context: it is stepped until `done`, then protects messages in order.
 */
export interface Mechanism {
  /** auth_type of an RPC security trailer, [MS-RPCE] 2.2.1.1.7: 9 SPNEGO, 10 NTLMSSP, 16 Kerberos. */
  readonly rpcAuthType: number;
  /** True when no further token is expected from the peer. */
  readonly done: boolean;
  /** The exported session key, 16 bytes for NTLM; only after the last `step` that produced a token. */
  readonly sessionKey: Buffer;
  /** Bytes of a signature; the RPC security trailer is sized by it before sealing. */
  readonly signatureLength: number;

  /**
   * Consumes the peer's token (undefined at the start) and returns the next one to send, or undefined when there is none.
   * @throws RemoteError 'protocol' for a malformed token, 'denied' when the peer rejects or cannot be verified.
   */
  step(token: Buffer | undefined): Buffer | undefined;

  /** Encrypts `message[encryptStart, encryptEnd)` and signs the whole plain message; uses up one sequence number. */
  seal(message: Buffer, encryptStart: number, encryptEnd: number): { message: Buffer; signature: Buffer };
  /**
   * Reverses the peer's `seal`. Messages must be given in the order in which they were sent.
   * @throws RemoteError 'protocol'/'signature' when the signature does not hold.
   */
  unseal(message: Buffer, encryptStart: number, encryptEnd: number, signature: Buffer): Buffer;
  sign(message: Buffer): Buffer;
  /** @throws RemoteError 'protocol'/'signature' when the signature does not hold. */
  verify(message: Buffer, signature: Buffer): void;
}
