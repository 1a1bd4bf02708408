/** NEGOTIATE with its contexts, [MS-SMB2] 2.2.3 and 2.2.4. */
import type { Infer } from '../../wire/codec';
import { filetime, guid, rest, u16, u32, utf16 } from '../../wire/codec';
import { body, count, countOf, fixed, length, lengthOf, offset, reserved, tail } from '../../wire/body';
import { array } from '../../wire/list';

/** Dialect revision numbers, [MS-SMB2] 2.2.3. `wildcard` is only ever an answer to an SMB 1 NEGOTIATE. */
export const dialects = {
  smb202: 0x0202,
  smb210: 0x0210,
  smb300: 0x0300,
  smb302: 0x0302,
  smb311: 0x0311,
  wildcard: 0x02ff,
} as const;

export const securityModes = { signingEnabled: 1, signingRequired: 2 } as const;

/** Capabilities, [MS-SMB2] 2.2.3. */
export const capabilities = {
  dfs: 1,
  leasing: 2,
  largeMtu: 4,
  multiChannel: 8,
  persistentHandles: 16,
  directoryLeasing: 32,
  encryption: 64,
} as const;

/** Negotiate context types, [MS-SMB2] 2.2.3.1. */
export const negotiateContextTypes = {
  preauthIntegrity: 1,
  encryption: 2,
  compression: 3,
  netname: 5,
  transport: 6,
  rdmaTransform: 7,
  signing: 8,
} as const;

export const hashAlgorithms = { sha512: 1 } as const;
/** Ciphers, [MS-SMB2] 2.2.3.1.2. */
export const ciphers = { aes128Ccm: 1, aes128Gcm: 2, aes256Ccm: 3, aes256Gcm: 4 } as const;
/** Signing algorithms, [MS-SMB2] 2.2.3.1.7. */
export const signingAlgorithms = { hmacSha256: 0, aesCmac: 1, aesGmac: 2 } as const;

/** SMB2 NEGOTIATE_CONTEXT, [MS-SMB2] 2.2.3.1; `data` is decoded by one of the structures below. */
export const NegotiateContext = body({ contextType: u16, data: tail(rest, [length(u16), reserved(4)]) });

/** SMB2_PREAUTH_INTEGRITY_CAPABILITIES, [MS-SMB2] 2.2.3.1.1. */
export const PreauthIntegrityCapabilities = body({
  hashAlgorithmCount: countOf(u16, 'hashAlgorithms'),
  saltLength: lengthOf(u16, 'salt'),
  hashAlgorithms: array(u16),
  salt: rest,
});

/** SMB2_ENCRYPTION_CAPABILITIES, [MS-SMB2] 2.2.3.1.2. */
export const EncryptionCapabilities = body({ cipherCount: countOf(u16, 'ciphers'), ciphers: array(u16) });

/** SMB2_NETNAME_NEGOTIATE_CONTEXT_ID, [MS-SMB2] 2.2.3.1.4. */
export const NetnameContext = body({ netName: utf16 });

/** SMB2_SIGNING_CAPABILITIES, [MS-SMB2] 2.2.3.1.7. */
export const SigningCapabilities = body({
  signingAlgorithmCount: countOf(u16, 'signingAlgorithms'),
  signingAlgorithms: array(u16),
});

/** SMB2 NEGOTIATE Request, [MS-SMB2] 2.2.3. */
export const NegotiateRequest = body({
  structureSize: fixed(u16, 36),
  dialectCount: countOf(u16, 'dialects'),
  securityMode: u16,
  reserved: reserved(2),
  capabilities: u32,
  clientGuid: guid,
  contexts: tail(array(NegotiateContext, { align: 8 }), [offset(u32), count(u16), reserved(2)], { align: 8 }),
  dialects: array(u16),
});
export type NegotiateRequest = Infer<typeof NegotiateRequest>;

/** SMB2 NEGOTIATE Response, [MS-SMB2] 2.2.4. */
export const NegotiateResponse = body({
  structureSize: fixed(u16, 65),
  securityMode: u16,
  dialect: u16,
  contextCount: countOf(u16, 'contexts'),
  serverGuid: guid,
  capabilities: u32,
  maxTransactBytes: u32,
  maxReadBytes: u32,
  maxWriteBytes: u32,
  systemTime: filetime,
  serverStartTime: filetime,
  securityBuffer: tail(rest, [offset(u16), length(u16)], { isOffsetKept: true }),
  contexts: tail(array(NegotiateContext, { align: 8 }), [offset(u32)], { align: 8 }),
});
export type NegotiateResponse = Infer<typeof NegotiateResponse>;

/** SMB2 NEGOTIATE Response below 3.1.1, [MS-SMB2] 2.2.4: without contexts, and old servers leave anything in their place. */
export const NegotiateResponseBefore311 = body({
  structureSize: fixed(u16, 65),
  securityMode: u16,
  dialect: u16,
  reserved: reserved(2),
  serverGuid: guid,
  capabilities: u32,
  maxTransactBytes: u32,
  maxReadBytes: u32,
  maxWriteBytes: u32,
  systemTime: filetime,
  serverStartTime: filetime,
  securityBuffer: tail(rest, [offset(u16), length(u16)], { isOffsetKept: true }),
  reserved2: reserved(4),
});

/** VALIDATE_NEGOTIATE_INFO Request, [MS-SMB2] 2.2.31.4: what the client has said in NEGOTIATE. */
export const ValidateNegotiateRequest = body({
  capabilities: u32,
  clientGuid: guid,
  securityMode: u16,
  dialectCount: countOf(u16, 'dialects'),
  dialects: array(u16),
});
export type ValidateNegotiateRequest = Infer<typeof ValidateNegotiateRequest>;

/** VALIDATE_NEGOTIATE_INFO Response, [MS-SMB2] 2.2.32.6: what the server has answered. */
export const ValidateNegotiateResponse = body({
  capabilities: u32,
  serverGuid: guid,
  securityMode: u16,
  dialect: u16,
});
export type ValidateNegotiateResponse = Infer<typeof ValidateNegotiateResponse>;
