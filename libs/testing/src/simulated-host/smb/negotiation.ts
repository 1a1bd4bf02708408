/** NEGOTIATE as a server answers it, [MS-SMB2] 3.3.5.4: the highest common dialect of 3.0, 3.0.2 and 3.1.1, signing required. */
import { randomBytes } from 'node:crypto';
import {
  capabilities,
  ciphers,
  dateToFiletime,
  dialects,
  EncryptionCapabilities,
  hashAlgorithms,
  negotiateContextTypes,
  PreauthIntegrityCapabilities,
  securityModes,
  signingAlgorithms,
  SigningCapabilities,
  type NegotiateRequest,
  type NegotiateResponse,
} from '@drover/windows-remote/protocol';
import { HostRefusal, NtStatus } from '../refusal';
import type { ServedHost } from './served-host';

export interface Negotiated {
  dialect: number;
  /** 0 when there is none in common. */
  cipher: number;
  signing: number;
  clientCapabilities: number;
  clientGuid: string;
  clientSecurityMode: number;
  clientDialects: number[];
  serverCapabilities: number;
}

/** Sizes offered to a client; below what Windows offers, so that larger transfers need several requests. */
export const transferMaxBytes = 1024 * 1024;

export function negotiate(
  request: NegotiateRequest,
  host: ServedHost,
): { negotiated: Negotiated; response: NegotiateResponse } {
  const dialect = spokenDialects.find(
    (spoken) => host.dialects.includes(spoken) && request.dialects.includes(spoken),
  );
  if (dialect === undefined) throw new HostRefusal('ntstatus', NtStatus.notSupported, 'no common dialect');
  const is311 = dialect === dialects.smb311;
  const offersEncryption = host.encryption !== 'off';
  const wanted = readContexts(request);
  if (is311 && !wanted.hashes.includes(hashAlgorithms.sha512))
    throw new HostRefusal('ntstatus', NtStatus.invalidParameter, 'no pre-auth hash');
  const clientEncrypts = (request.capabilities & capabilities.encryption) !== 0;
  const cipher311 = wanted.ciphers.find((cipher) => host.ciphers.includes(cipher)) ?? 0;
  const cipher = !offersEncryption ? 0 : is311 ? cipher311 : clientEncrypts ? ciphers.aes128Ccm : 0;
  const signing =
    (is311 && wanted.signing.find((algorithm) => host.signingAlgorithms.includes(algorithm))) ||
    signingAlgorithms.aesCmac;
  const serverCapabilities = capabilities.largeMtu | (!is311 && cipher !== 0 ? capabilities.encryption : 0);
  const negotiated: Negotiated = {
    dialect,
    cipher,
    signing,
    clientCapabilities: request.capabilities,
    clientGuid: request.clientGuid,
    clientSecurityMode: request.securityMode,
    clientDialects: request.dialects,
    serverCapabilities,
  };
  const contexts = is311 ? answerContexts(negotiated, wanted.signing.length > 0) : [];
  return { negotiated, response: { ...response(host, dialect, serverCapabilities), contexts } };
}

/** The answer to an SMB 1 NEGOTIATE that offers "SMB 2.???": come again in SMB 2, [MS-SMB2] 3.3.5.3.1. */
export const wildcardResponse = (host: ServedHost): NegotiateResponse =>
  response(host, dialects.wildcard, capabilities.largeMtu);

function response(host: ServedHost, dialect: number, serverCapabilities: number): NegotiateResponse {
  return {
    securityMode: securityModes.signingEnabled | securityModes.signingRequired,
    dialect,
    serverGuid: host.guid,
    capabilities: serverCapabilities,
    maxTransactBytes: transferMaxBytes,
    maxReadBytes: transferMaxBytes,
    maxWriteBytes: transferMaxBytes,
    systemTime: dateToFiletime(host.now()),
    serverStartTime: 0n,
    securityBuffer: host.negotiateToken(),
    contexts: [],
  };
}

function readContexts(request: NegotiateRequest): { hashes: number[]; ciphers: number[]; signing: number[] } {
  const data = (type: number): Buffer | undefined =>
    request.contexts.find((context) => context.contextType === type)?.data;
  const preauth = data(negotiateContextTypes.preauthIntegrity);
  const encryption = data(negotiateContextTypes.encryption);
  const signing = data(negotiateContextTypes.signing);
  return {
    hashes: preauth === undefined ? [] : PreauthIntegrityCapabilities.decode(preauth).hashAlgorithms,
    ciphers: encryption === undefined ? [] : EncryptionCapabilities.decode(encryption).ciphers,
    signing: signing === undefined ? [] : SigningCapabilities.decode(signing).signingAlgorithms,
  };
}

function answerContexts(
  { cipher, signing }: Negotiated,
  signingAsked: boolean,
): { contextType: number; data: Buffer }[] {
  const salt = randomBytes(32);
  const answers: { contextType: number; data: Buffer }[] = [
    {
      contextType: negotiateContextTypes.preauthIntegrity,
      data: PreauthIntegrityCapabilities.encode({ hashAlgorithms: [hashAlgorithms.sha512], salt }),
    },
  ];
  if (cipher !== 0)
    answers.push({
      contextType: negotiateContextTypes.encryption,
      data: EncryptionCapabilities.encode({ ciphers: [cipher] }),
    });
  if (signingAsked)
    answers.push({
      contextType: negotiateContextTypes.signing,
      data: SigningCapabilities.encode({ signingAlgorithms: [signing] }),
    });
  return answers;
}

/** Highest first. */
const spokenDialects = [dialects.smb311, dialects.smb302, dialects.smb300] as const;
