/** NEGOTIATE, straight in SMB 2 with 3.1.1 and nothing below it, [MS-SMB2] 3.2.4.2.2.2 and 3.2.5.2. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AeadName } from '../crypto/aead';
import { statusError } from '../status/ntstatus';
import type { RemoteErrorReason } from '../status/remote-error';
import { RemoteError } from '../status/remote-error';
import { filetimeToDate } from '../wire/codec';
import { decodeBody } from './messages/header';
import type { NegotiateResponse } from './messages/negotiate';
import {
  capabilities,
  ciphers,
  dialects,
  EncryptionCapabilities,
  hashAlgorithms,
  negotiateContextTypes,
  NegotiateRequest,
  NegotiateResponse as Response,
  NetnameContext,
  PreauthIntegrityCapabilities,
  securityModes,
  signingAlgorithms,
  SigningCapabilities,
} from './messages/negotiate';
import { PreauthHash } from './preauth-hash';
import { cipherNames } from './protection';
import type { SmbConnection } from './smb-connection';

/** What both ends have agreed on. */
export interface Negotiated {
  dialect: number;
  cipher: number | undefined;
  cipherName: AeadName | undefined;
  signingAlgorithm: number;
  maxTransactBytes: number;
  maxReadBytes: number;
  maxWriteBytes: number;
  serverTime: Date;
  serverGuid: string;
  preauth: PreauthHash;
}

const ownDialects: readonly number[] = [dialects.smb311];
/** In order of preference: GCM is the fastest, and faster than signing with CMAC. */
const ownCiphers: readonly number[] = [
  ciphers.aes128Gcm,
  ciphers.aes256Gcm,
  ciphers.aes128Ccm,
  ciphers.aes256Ccm,
];
const ownSigning: readonly number[] = [signingAlgorithms.aesGmac, signingAlgorithms.aesCmac];

/** The least that [MS-SMB2] 3.3.5.4 lets a server state, and the most that is made use of. */
const payloadMinBytes = 0x1_0000;
const payloadMaxBytes = 0x80_0000;

/** @throws RemoteError protocol: unsupported (older dialects only), downgrade, smb1Only, notWindows. */
export async function negotiate(connection: SmbConnection, serverName: string): Promise<Negotiated> {
  const preauth = new PreauthHash();
  const context = {
    sessionId: 0n,
    protection: undefined,
    isEncrypting: false,
    onRequest: (message: Buffer) => preauth.update(message),
  };
  const value = negotiateRequest(serverName);
  const [reply] = connection.exchange(context, [
    { command: 'negotiate', codec: NegotiateRequest, value, treeId: 0, payloadBytes: 0 },
  ]);
  const { header, message } = await reply!;
  if (header.status !== 0)
    throw statusError(header.status, `${connection.host} does not speak SMB 3.1.1`, connection.details);
  preauth.update(message);
  const response = decodeBody(message, Response);
  const negotiated = agree(
    response,
    preauth,
    (reason, text) => new RemoteError('protocol', reason, text, connection.details),
  );
  connection.allowFrames(Math.max(negotiated.maxReadBytes, negotiated.maxTransactBytes));
  return negotiated;
}

function negotiateRequest(serverName: string): Parameters<typeof NegotiateRequest.encode>[0] {
  const context = (contextType: number, data: Buffer) => ({ contextType, data });
  return {
    securityMode: securityModes.signingEnabled | securityModes.signingRequired,
    capabilities: capabilities.largeMtu | capabilities.encryption,
    clientGuid: randomUUID(),
    dialects: [...ownDialects],
    contexts: [
      context(
        negotiateContextTypes.preauthIntegrity,
        PreauthIntegrityCapabilities.encode({
          hashAlgorithms: [hashAlgorithms.sha512],
          salt: randomBytes(32),
        }),
      ),
      context(negotiateContextTypes.encryption, EncryptionCapabilities.encode({ ciphers: [...ownCiphers] })),
      context(
        negotiateContextTypes.signing,
        SigningCapabilities.encode({ signingAlgorithms: [...ownSigning] }),
      ),
      context(negotiateContextTypes.netname, NetnameContext.encode({ netName: serverName })),
    ],
  };
}

/** Takes the server's choice, each part of which must be one of those offered. */
function agree(
  response: NegotiateResponse,
  preauth: PreauthHash,
  refuse: (reason: RemoteErrorReason, text: string) => RemoteError,
): Negotiated {
  const { dialect, contexts } = response;
  if (!ownDialects.includes(dialect))
    throw refuse('downgrade', `the server chose dialect 0x${dialect.toString(16)}, which was not offered`);
  const find = (type: number): Buffer | undefined => contexts.find((one) => one.contextType === type)?.data;
  const hashes = find(negotiateContextTypes.preauthIntegrity);
  const hash = hashes && PreauthIntegrityCapabilities.decode(hashes).hashAlgorithms;
  if (hash?.length !== 1 || hash[0] !== hashAlgorithms.sha512)
    throw refuse('downgrade', 'the server agrees on no preauthentication integrity');
  const encryption = find(negotiateContextTypes.encryption);
  // Cipher 0 is how a server says that none of those offered suits it.
  const cipher = encryption && (EncryptionCapabilities.decode(encryption).ciphers[0] || undefined);
  if (cipher !== undefined && !ownCiphers.includes(cipher))
    throw refuse('downgrade', 'the server chose a cipher that was not offered');
  const signing = find(negotiateContextTypes.signing);
  const algorithm = signing && SigningCapabilities.decode(signing).signingAlgorithms[0];
  if (algorithm !== undefined && !ownSigning.includes(algorithm))
    throw refuse('downgrade', 'the server chose a signing algorithm that was not offered');
  const limit = (bytes: number): number => Math.max(payloadMinBytes, Math.min(bytes, payloadMaxBytes));
  return {
    dialect,
    cipher,
    cipherName: cipher === undefined ? undefined : cipherNames[cipher],
    signingAlgorithm: algorithm ?? signingAlgorithms.aesCmac,
    maxTransactBytes: limit(response.maxTransactBytes),
    maxReadBytes: limit(response.maxReadBytes),
    maxWriteBytes: limit(response.maxWriteBytes),
    serverTime: filetimeToDate(response.systemTime),
    serverGuid: response.serverGuid,
    preauth,
  };
}
