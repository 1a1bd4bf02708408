/** QUERY_DIRECTORY, QUERY_INFO and SET_INFO, [MS-SMB2] 2.2.33 to 2.2.40, with the structures of [MS-FSCC] 2.4 and 2.5 in them. */
import { bytes, filetime, rest, u32, u64, u8, u16, utf16 } from '../../wire/codec';
import { body, fixed, length, lengthOf, offset, reserved, tail } from '../../wire/body';
import { chain } from '../../wire/list';

/** InfoType, [MS-SMB2] 2.2.37. */
export const infoTypes = { file: 1, fileSystem: 2, security: 3, quota: 4 } as const;
/** File information classes, [MS-FSCC] 2.4. */
export const fileClasses = {
  directory: 1,
  fullDirectory: 2,
  bothDirectory: 3,
  basic: 4,
  standard: 5,
  rename: 10,
  names: 12,
  disposition: 13,
  allocation: 19,
  endOfFile: 20,
  networkOpen: 34,
  idBothDirectory: 37,
  idFullDirectory: 38,
  allInformation: 18,
} as const;
/** File system information classes, [MS-FSCC] 2.5. */
export const fileSystemClasses = { volume: 1, size: 3, device: 4, attribute: 5, fullSize: 7 } as const;
/** Security information for InfoType security, [MS-SMB2] 2.2.37. */
export const securityInformation = {
  owner: 1,
  group: 2,
  dacl: 4,
  sacl: 8,
  protectedDacl: 0x8000_0000,
} as const;
/** QUERY_DIRECTORY flags, [MS-SMB2] 2.2.33. */
export const queryDirectoryFlags = {
  restartScans: 1,
  returnSingleEntry: 2,
  indexSpecified: 4,
  reopen: 16,
} as const;

/** SMB2 QUERY_DIRECTORY Request, [MS-SMB2] 2.2.33. */
export const QueryDirectoryRequest = body({
  structureSize: fixed(u16, 33),
  informationClass: u8,
  flags: u8,
  fileIndex: u32,
  fileId: bytes(16),
  pattern: tail(utf16, [offset(u16), length(u16)], { minimumBytes: 1 }),
  outputBufferBytes: u32,
});

/** SMB2 QUERY_DIRECTORY Response and SMB2 QUERY_INFO Response, [MS-SMB2] 2.2.34 and 2.2.38. */
export const QueryResponse = body({
  structureSize: fixed(u16, 9),
  data: tail(rest, [offset(u16), length(u32)], { isOffsetKept: true }),
});

/** SMB2 QUERY_INFO Request, [MS-SMB2] 2.2.37. */
export const QueryInfoRequest = body({
  structureSize: fixed(u16, 41),
  infoType: u8,
  informationClass: u8,
  outputBufferBytes: u32,
  input: tail(rest, [offset(u16), reserved(2), length(u32)]),
  additionalInformation: u32,
  flags: u32,
  fileId: bytes(16),
});

/** SMB2 SET_INFO Request, [MS-SMB2] 2.2.39. */
export const SetInfoRequest = body({
  structureSize: fixed(u16, 33),
  infoType: u8,
  informationClass: u8,
  dataLength: lengthOf(u32, 'data'),
  data: tail(rest, [offset(u16), reserved(2)]),
  additionalInformation: u32,
  fileId: bytes(16),
});

/** SMB2 SET_INFO Response, [MS-SMB2] 2.2.40. */
export const SetInfoResponse = body({ structureSize: fixed(u16, 2) });

/** FileBasicInformation, [MS-FSCC] 2.4.7. */
export const FileBasicInformation = body({
  creationTime: filetime,
  lastAccessTime: filetime,
  lastWriteTime: filetime,
  changeTime: filetime,
  fileAttributes: u32,
  reserved: reserved(4),
});

/** FileStandardInformation, [MS-FSCC] 2.4.47. */
export const FileStandardInformation = body({
  allocationBytes: u64,
  endOfFile: u64,
  numberOfLinks: u32,
  deletePending: u8,
  directory: u8,
  reserved: reserved(2),
});

/** FileNetworkOpenInformation, [MS-FSCC] 2.4.34. */
export const FileNetworkOpenInformation = body({
  creationTime: filetime,
  lastAccessTime: filetime,
  lastWriteTime: filetime,
  changeTime: filetime,
  allocationBytes: u64,
  endOfFile: u64,
  fileAttributes: u32,
  reserved: reserved(4),
});

/** FileRenameInformation for SMB 2, [MS-FSCC] 2.4.42.2. */
export const FileRenameInformation = body({
  replaceIfExists: u8,
  reserved: reserved(7),
  rootDirectory: fixed(u64, 0n),
  fileName: tail(utf16, [length(u32)]),
});

/** FileDispositionInformation, [MS-FSCC] 2.4.11. */
export const FileDispositionInformation = body({ deletePending: u8 });

/** FileEndOfFileInformation, [MS-FSCC] 2.4.14. */
export const FileEndOfFileInformation = body({ endOfFile: u64 });

/** FileIdBothDirectoryInformation, [MS-FSCC] 2.4.22: a list of them. */
export const FileIdBothDirectoryList = chain(
  body({
    fileIndex: u32,
    creationTime: filetime,
    lastAccessTime: filetime,
    lastWriteTime: filetime,
    changeTime: filetime,
    endOfFile: u64,
    allocationBytes: u64,
    fileAttributes: u32,
    fileNameLength: lengthOf(u32, 'fileName'),
    eaSize: u32,
    shortNameLength: u8,
    reserved1: reserved(1),
    shortName: bytes(24),
    reserved2: reserved(2),
    fileId: u64,
    fileName: utf16,
  }),
);

/** FileFsFullSizeInformation, [MS-FSCC] 2.5.4. */
export const FileFsFullSizeInformation = body({
  totalAllocationUnits: u64,
  callerAvailableAllocationUnits: u64,
  actualAvailableAllocationUnits: u64,
  sectorsPerAllocationUnit: u32,
  bytesPerSector: u32,
});
