/** What an implementer of the other side needs: codecs, message tables, procedure tables and primitives. */
export {
  body,
  count,
  countOf,
  fixed,
  length,
  lengthOf,
  offset,
  ownOrigin,
  reserved,
  tail,
} from './wire/body';
export type { Body, BodyValue } from './wire/body';
export {
  bytes,
  dateToFiletime,
  filetime,
  filetimeToDate,
  guid,
  i32,
  rest,
  u16,
  u32,
  u64,
  u8,
  utf16,
} from './wire/codec';
export type { Codec, Infer } from './wire/codec';
export { array, chain } from './wire/list';
export { Reader } from './wire/reader';
export { WireError } from './wire/wire-error';
export { Writer } from './wire/writer';
export type { Mechanism } from './auth/mechanism';
export {
  byte,
  byteArray,
  conformantArray,
  contextHandle,
  decodeFields,
  dword,
  encodeFields,
  fixedBytes,
  hyper,
  struct,
  unique,
  varyingArray,
  varyingBytes,
  word,
  wstring,
} from './rpc/ndr';
export { filetime as ndrFiletime, guid as ndrGuid } from './rpc/ndr';
export type { Ndr, NdrFields, NdrValue, NdrValues, VaryingBytes } from './rpc/ndr';
export { endpointMapper } from './rpc/endpoint-mapper';
export { encodeTower, portOfTower } from './rpc/tower';
export { procedure, rpcInterface } from './rpc/procedure';
export type { Procedure, RpcInterface } from './rpc/procedure';
export { messageString, registryBuffer, registryString } from './services/registry-string';
export type { RegistryBuffer } from './services/registry-string';
export { initShutdown, windowsShutdown } from './services/rsp.procedures';
export { srvsvc } from './services/srvsvc.procedures';
export { serviceListing, svcctl } from './services/svcctl.procedures';
export { taskAdministration, taskScheduler } from './services/tsch.procedures';
export { keySecurity, winreg } from './services/winreg.procedures';
export { wkssvc } from './services/wkssvc.procedures';
export { aeadDecrypt, aeadEncrypt, aesGmac, isCcm, nonceBytes, tagBytes } from './crypto/aead';
export type { AeadName } from './crypto/aead';
export { AesCmac } from './crypto/aes-cmac';
export { deriveKey } from './crypto/kdf';
export { md4 } from './crypto/md4';
export { Rc4 } from './crypto/rc4';
export { ntlmFlags, NtlmAuthenticate, NtlmChallenge, NtlmNegotiate } from './auth/ntlm-messages';
export { NtlmSecurity } from './auth/ntlm-security';
export { makeChallenge, verifyAuthenticate } from './auth/ntlm-verify';
export type { NtlmVerdict } from './auth/ntlm-verify';
export {
  decodeNegTokenInit,
  decodeNegTokenResponse,
  encodeMechanismList,
  encodeNegTokenInit,
  encodeNegTokenResponse,
  mechanismOids,
  negStates,
} from './auth/spnego-messages';
export type { NegTokenInit, NegTokenResponse } from './auth/spnego-messages';
export { isErrorStatus, ntstatus, ntstatusName } from './status/ntstatus';
export {
  commands,
  decodeBody,
  encodeMessage,
  ErrorResponse,
  Header,
  headerBytes,
  headerFlags,
  protocolIds,
  TransformHeader,
  transformHeaderBytes,
} from './smb/messages/header';
export type { CommandName } from './smb/messages/header';
export {
  capabilities,
  ciphers,
  dialects,
  EncryptionCapabilities,
  hashAlgorithms,
  negotiateContextTypes,
  NegotiateRequest,
  NegotiateResponse,
  NetnameContext,
  PreauthIntegrityCapabilities,
  securityModes,
  signingAlgorithms,
  SigningCapabilities,
} from './smb/messages/negotiate';
export {
  EmptyBody,
  sessionFlags,
  SessionSetupRequest,
  SessionSetupResponse,
  shareFlagEncryptData,
  shareTypes,
  TreeConnectRequest,
  TreeConnectResponse,
} from './smb/messages/session';
export {
  access,
  CloseRequest,
  CloseResponse,
  closeFlagPostQueryAttributes,
  controlCodes,
  createActions,
  CreateContext,
  createOptions,
  CreateRequest,
  CreateResponse,
  dispositions,
  fileAttributes,
  FlushRequest,
  IoctlRequest,
  IoctlResponse,
  ReadRequest,
  ReadResponse,
  relatedFileId,
  shareAccess,
  WriteRequest,
  WriteResponse,
} from './smb/messages/file';
export {
  FileBasicInformation,
  fileClasses,
  FileDispositionInformation,
  FileEndOfFileInformation,
  FileFsFullSizeInformation,
  FileIdBothDirectoryList,
  FileNetworkOpenInformation,
  FileRenameInformation,
  FileStandardInformation,
  fileSystemClasses,
  infoTypes,
  queryDirectoryFlags,
  QueryDirectoryRequest,
  QueryInfoRequest,
  QueryResponse,
  securityInformation,
  SetInfoRequest,
  SetInfoResponse,
} from './smb/messages/information';
export { smbMessages } from './smb/messages/table';
export type { RequestOf, ResponseOf, SpokenCommand } from './smb/messages/table';
export { PreauthHash } from './smb/preauth-hash';
export { cipherNames, SmbProtection } from './smb/protection';
export { RemoteError } from './status/remote-error';
export {
  Auth3Body,
  authLevels,
  BindAckBody,
  BindBody,
  BindNakBody,
  callHeaderBytes,
  decodePdu,
  encodePdu,
  FaultBody,
  ndr32,
  pduBytes,
  pduFlags,
  PduHeader,
  pduHeaderBytes,
  pduTypes,
  RequestBody,
  ResponseBody,
  SecurityTrailer,
  securityTrailerBytes,
} from './rpc/pdu';
export type { Pdu, SecurityToken } from './rpc/pdu';
export { sealedStubBytes, sealPdu, unsealPdu } from './rpc/sealed-pdu';
export type { SealContext } from './rpc/sealed-pdu';
export { decodeValue, encodeValue } from './services/registry-value';
export { hresultErrors, hresultSuccesses, S_FALSE, taskNotRunning } from './status/hresult';
export { win32Errors } from './status/win32';
