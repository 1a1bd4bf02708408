/** NEGOTIATE, straight in SMB 2 with the dialects that the policy allows, [MS-SMB2] 3.2.4.2.2.2 and 3.2.5.2. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AeadName } from '../crypto/aead';
import { ntstatus, statusError } from '../status/ntstatus';
import type { RemoteErrorReason } from '../status/remote-error';
import { RemoteError } from '../status/remote-error';
import { filetimeToDate } from '../wire/codec';
import { decodeBody, headerBytes } from './messages/header';
import type {
  NegotiateRequest as Request,
  NegotiateResponse,
  ValidateNegotiateRequest,
  ValidateNegotiateResponse,
} from './messages/negotiate';
import {
  capabilities,
  ciphers,
  dialects,
  EncryptionCapabilities,
  hashAlgorithms,
  negotiateContextTypes,
  NegotiateRequest,
  NegotiateResponse as Response,
  NegotiateResponseBefore311,
  NetnameContext,
  PreauthIntegrityCapabilities,
  securityModes,
  signingAlgorithms,
  SigningCapabilities,
} from './messages/negotiate';
import type { SettledPolicy } from './policy';
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
  /** Below 3.1.1 nothing protected these words; `validateNegotiate` asks again under signature. */
  said: { byClient: ValidateNegotiateRequest; byServer: ValidateNegotiateResponse };
}

type Refuse = (reason: RemoteErrorReason, text: string) => RemoteError;

/** The least that [MS-SMB2] 3.3.5.4 lets a server state, and the most that is made use of. */
const payloadMinBytes = 0x1_0000;
const payloadMaxBytes = 0x80_0000;
/** Where the response states its dialect. */
const dialectAt = headerBytes + 4;

/** @throws RemoteError protocol: unsupported (older dialects only), downgrade, smb1Only, notWindows. */
export async function negotiate(
  connection: SmbConnection,
  serverName: string,
  policy: SettledPolicy,
): Promise<Negotiated> {
  const preauth = new PreauthHash();
  const context = {
    sessionId: 0n,
    protection: undefined,
    isEncrypting: false,
    onRequest: (message: Buffer) => preauth.update(message),
  };
  const request = negotiateRequest(serverName, policy);
  const [reply] = connection.exchange(context, [
    { command: 'negotiate', codec: NegotiateRequest, value: request, treeId: 0, payloadBytes: 0 },
  ]);
  const { header, message } = await reply!;
  if (header.status !== 0) throw refusal(header.status, connection, policy);
  preauth.update(message);
  const is311 = message.length > dialectAt + 2 && message.readUInt16LE(dialectAt) === dialects.smb311;
  const response = is311
    ? decodeBody(message, Response)
    : { ...decodeBody(message, NegotiateResponseBefore311), contexts: [] };
  const refuse: Refuse = (reason, text) => new RemoteError('protocol', reason, text, connection.details);
  const algorithms = agree(request, response, policy, refuse);
  if (response.dialect === dialects.smb202) connection.omitCharges();
  const negotiated = { ...algorithms, ...terms(response), preauth, said: said(request, response) };
  connection.allowFrames(Math.max(negotiated.maxReadBytes, negotiated.maxTransactBytes));
  return negotiated;
}

/** A server without a common dialect says "not supported"; that is the floor at work, so the floor is named. */
function refusal(status: number, { host, details }: SmbConnection, policy: SettledPolicy): RemoteError {
  const isTooOld = status === ntstatus.notSupported;
  const text = isTooOld
    ? `${host} speaks no SMB dialect from ${policy.minimumDialect} on, the floor that minimumDialect sets`
    : `${host} refuses to negotiate`;
  return statusError(status, text, details);
}

function negotiateRequest(serverName: string, policy: SettledPolicy): Request {
  const is30Offered = policy.dialects.some((dialect) => dialect >= dialects.smb300);
  const encryption = policy.ciphers.length > 0 ? capabilities.encryption : 0;
  return {
    securityMode: securityModes.signingEnabled | securityModes.signingRequired,
    // Clients without SMB 3 leave this at zero. With 3.1.1 the contexts count, but Samba wants to see the flag as well.
    capabilities: is30Offered ? capabilities.largeMtu | encryption : 0,
    clientGuid: randomUUID(),
    dialects: [...policy.dialects],
    contexts: policy.dialects.includes(dialects.smb311) ? contextsFor311(serverName, policy) : [],
  };
}

function contextsFor311(serverName: string, policy: SettledPolicy): Request['contexts'] {
  const context = (contextType: number, data: Buffer) => ({ contextType, data });
  const preauthIntegrity = { hashAlgorithms: [hashAlgorithms.sha512], salt: randomBytes(32) };
  const encryption = EncryptionCapabilities.encode({ ciphers: [...policy.ciphers] });
  const signing = SigningCapabilities.encode({ signingAlgorithms: [...policy.signing] });
  return [
    context(negotiateContextTypes.preauthIntegrity, PreauthIntegrityCapabilities.encode(preauthIntegrity)),
    ...(policy.ciphers.length === 0 ? [] : [context(negotiateContextTypes.encryption, encryption)]),
    context(negotiateContextTypes.signing, signing),
    context(negotiateContextTypes.netname, NetnameContext.encode({ netName: serverName })),
  ];
}

type Algorithms = Pick<Negotiated, 'dialect' | 'cipher' | 'cipherName' | 'signingAlgorithm'>;

/** Takes the server's choice, each part of which must be one of those offered. */
function agree(
  request: Request,
  response: NegotiateResponse,
  policy: SettledPolicy,
  refuse: Refuse,
): Algorithms {
  const { dialect } = response;
  if (!request.dialects.includes(dialect))
    throw refuse('downgrade', `the server chose dialect 0x${dialect.toString(16)}, which was not offered`);
  if ((response.securityMode & (securityModes.signingEnabled | securityModes.signingRequired)) === 0)
    throw refuse('downgrade', 'the server says that it does not sign');
  const { cipher, signingAlgorithm } =
    dialect === dialects.smb311 ? agree311(response, policy, refuse) : agreeBefore311(response, policy);
  if (policy.isEncryptionRequired && cipher === undefined)
    throw refuse('downgrade', 'the server offers no encryption, which is required');
  return {
    dialect,
    cipher,
    cipherName: cipher === undefined ? undefined : cipherNames[cipher],
    signingAlgorithm,
  };
}

function agree311({ contexts }: NegotiateResponse, policy: SettledPolicy, refuse: Refuse) {
  const find = (type: number): Buffer | undefined => contexts.find((one) => one.contextType === type)?.data;
  const hashes = find(negotiateContextTypes.preauthIntegrity);
  const hash = hashes && PreauthIntegrityCapabilities.decode(hashes).hashAlgorithms;
  if (hash?.length !== 1 || hash[0] !== hashAlgorithms.sha512)
    throw refuse('downgrade', 'the server agrees on no preauthentication integrity');
  const encryption = find(negotiateContextTypes.encryption);
  // Cipher 0 is how a server says that none of those offered suits it.
  const cipher = encryption && (EncryptionCapabilities.decode(encryption).ciphers[0] || undefined);
  if (cipher !== undefined && !policy.ciphers.includes(cipher))
    throw refuse('downgrade', 'the server chose a cipher that was not offered');
  const signing = find(negotiateContextTypes.signing);
  // Servers older than the context sign with CMAC, [MS-SMB2] 3.2.5.2.
  const algorithm =
    (signing && SigningCapabilities.decode(signing).signingAlgorithms[0]) ?? signingAlgorithms.aesCmac;
  if (!policy.signing.includes(algorithm))
    throw refuse('downgrade', 'the server chose a signing algorithm that was not offered');
  return { cipher, signingAlgorithm: algorithm };
}

/** SMB 3.0 and 3.0.2 have one algorithm for each purpose and a flag for encryption; SMB 2 has neither. */
function agreeBefore311({ dialect, capabilities: granted }: NegotiateResponse, policy: SettledPolicy) {
  if (dialect < dialects.smb300) return { cipher: undefined, signingAlgorithm: signingAlgorithms.hmacSha256 };
  const isOffered = policy.ciphers.includes(ciphers.aes128Ccm) && (granted & capabilities.encryption) !== 0;
  return { cipher: isOffered ? ciphers.aes128Ccm : undefined, signingAlgorithm: signingAlgorithms.aesCmac };
}

/** Sizes and names. Without multi-credit requests, everything fits what one credit pays for, [MS-SMB2] 3.2.4.1.5. */
function terms(response: NegotiateResponse) {
  const isMultiCredit =
    response.dialect !== dialects.smb202 && (response.capabilities & capabilities.largeMtu) !== 0;
  const highest = isMultiCredit ? payloadMaxBytes : payloadMinBytes;
  const limit = (bytes: number): number => Math.max(payloadMinBytes, Math.min(bytes, highest));
  return {
    maxTransactBytes: limit(response.maxTransactBytes),
    maxReadBytes: limit(response.maxReadBytes),
    maxWriteBytes: limit(response.maxWriteBytes),
    serverTime: filetimeToDate(response.systemTime),
    serverGuid: response.serverGuid,
  };
}

function said(request: Request, response: NegotiateResponse): Negotiated['said'] {
  const { capabilities: offered, clientGuid, securityMode, dialects: asked } = request;
  const { capabilities: granted, serverGuid, securityMode: serverMode, dialect } = response;
  return {
    byClient: { capabilities: offered, clientGuid, securityMode, dialects: asked },
    byServer: { capabilities: granted, serverGuid, securityMode: serverMode, dialect },
  };
}
