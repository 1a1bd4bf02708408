/** CREATE, CLOSE, FLUSH, READ, WRITE and IOCTL, [MS-SMB2] 2.2.13 to 2.2.22, 2.2.31 and 2.2.32. */
import { bytes, filetime, rest, u16, u32, u64, u8, utf16 } from '../../wire/codec';
import type { Infer } from '../../wire/codec';
import { body, fixed, length, offset, reserved, tail } from '../../wire/body';
import { chain } from '../../wire/list';

/** What a related request gives in place of the FileId of the request before it, [MS-SMB2] 3.2.4.1.4. */
export const relatedFileId = Buffer.alloc(16, 0xff);

/** Access mask bits, [MS-SMB2] 2.2.13.1. */
export const access = {
  readData: 0x1,
  writeData: 0x2,
  appendData: 0x4,
  readEa: 0x8,
  writeEa: 0x10,
  readAttributes: 0x80,
  writeAttributes: 0x100,
  delete: 0x1_0000,
  readControl: 0x2_0000,
  writeDacl: 0x4_0000,
  writeOwner: 0x8_0000,
  synchronize: 0x10_0000,
  maximumAllowed: 0x200_0000,
  genericRead: 0x8000_0000,
} as const;

export const shareAccess = { read: 1, write: 2, delete: 4 } as const;
/** CreateDisposition, [MS-SMB2] 2.2.13. */
export const dispositions = {
  supersede: 0,
  open: 1,
  create: 2,
  openIf: 3,
  overwrite: 4,
  overwriteIf: 5,
} as const;
/** CreateOptions, [MS-SMB2] 2.2.13. */
export const createOptions = {
  directory: 0x1,
  writeThrough: 0x2,
  sequentialOnly: 0x4,
  nonDirectory: 0x40,
  deleteOnClose: 0x1000,
  openReparsePoint: 0x20_0000,
} as const;
/** CreateAction, [MS-SMB2] 2.2.14. */
export const createActions = { superseded: 0, opened: 1, created: 2, overwritten: 3 } as const;
/** File attributes, [MS-FSCC] 2.6. */
export const fileAttributes = {
  readonly: 1,
  hidden: 2,
  system: 4,
  directory: 0x10,
  archive: 0x20,
  normal: 0x80,
  reparsePoint: 0x400,
} as const;
/** Impersonation levels, [MS-SMB2] 2.2.13. */
export const impersonationLevels = {
  anonymous: 0,
  identification: 1,
  impersonation: 2,
  delegate: 3,
} as const;

/** SMB2_CREATE_CONTEXT, [MS-SMB2] 2.2.13.2; offsets count from the context. */
export const CreateContext = body({
  name: tail(rest, [offset(u16), length(u16)]),
  reserved: reserved(2),
  data: tail(rest, [offset(u16), length(u32)], { align: 8 }),
});

/** SMB2 CREATE Request, [MS-SMB2] 2.2.13. The name has no leading backslash. */
export const CreateRequest = body({
  structureSize: fixed(u16, 57),
  securityFlags: reserved(1),
  oplockLevel: u8,
  impersonationLevel: u32,
  smbCreateFlags: reserved(8),
  reserved: reserved(8),
  desiredAccess: u32,
  fileAttributes: u32,
  shareAccess: u32,
  disposition: u32,
  createOptions: u32,
  name: tail(utf16, [offset(u16), length(u16)], { isOffsetKept: true, minimumBytes: 2 }),
  contexts: tail(chain(CreateContext), [offset(u32), length(u32)], { align: 8 }),
});
export type CreateRequest = Infer<typeof CreateRequest>;

/** SMB2 CREATE Response, [MS-SMB2] 2.2.14. */
export const CreateResponse = body({
  structureSize: fixed(u16, 89),
  oplockLevel: u8,
  flags: u8,
  createAction: u32,
  creationTime: filetime,
  lastAccessTime: filetime,
  lastWriteTime: filetime,
  changeTime: filetime,
  allocationBytes: u64,
  endOfFile: u64,
  fileAttributes: u32,
  reserved2: reserved(4),
  fileId: bytes(16),
  contexts: tail(chain(CreateContext), [offset(u32), length(u32)], { align: 8 }),
});
export type CreateResponse = Infer<typeof CreateResponse>;

/** CLOSE flag that asks for the attributes in the response, [MS-SMB2] 2.2.15. */
export const closeFlagPostQueryAttributes = 1;

/** SMB2 CLOSE Request, [MS-SMB2] 2.2.15. */
export const CloseRequest = body({
  structureSize: fixed(u16, 24),
  flags: u16,
  reserved: reserved(4),
  fileId: bytes(16),
});

/** SMB2 CLOSE Response, [MS-SMB2] 2.2.16. */
export const CloseResponse = body({
  structureSize: fixed(u16, 60),
  flags: u16,
  reserved: reserved(4),
  creationTime: filetime,
  lastAccessTime: filetime,
  lastWriteTime: filetime,
  changeTime: filetime,
  allocationBytes: u64,
  endOfFile: u64,
  fileAttributes: u32,
});

/** SMB2 FLUSH Request, [MS-SMB2] 2.2.17. */
export const FlushRequest = body({ structureSize: fixed(u16, 24), reserved: reserved(6), fileId: bytes(16) });

/** SMB2 READ Request, [MS-SMB2] 2.2.19. */
export const ReadRequest = body({
  structureSize: fixed(u16, 49),
  padding: u8,
  flags: u8,
  lengthBytes: u32,
  offset: u64,
  fileId: bytes(16),
  minimumCount: u32,
  channel: u32,
  remainingBytes: u32,
  channelInfo: tail(rest, [offset(u16), length(u16)], { minimumBytes: 1 }),
});

/** SMB2 READ Response, [MS-SMB2] 2.2.20. */
export const ReadResponse = body({
  structureSize: fixed(u16, 17),
  data: tail(rest, [offset(u8), reserved(1), length(u32)], { isOffsetKept: true }),
  dataRemaining: u32,
  flags: u32,
});

/** WRITE flag that bypasses the server's write cache, [MS-SMB2] 2.2.21. */
export const writeFlagWriteThrough = 1;

/** SMB2 WRITE Request, [MS-SMB2] 2.2.21. */
export const WriteRequest = body({
  structureSize: fixed(u16, 49),
  data: tail(rest, [offset(u16), length(u32)], { isOffsetKept: true }),
  offset: u64,
  fileId: bytes(16),
  channel: u32,
  remainingBytes: u32,
  channelInfo: tail(rest, [offset(u16), length(u16)]),
  flags: u32,
});

/** SMB2 WRITE Response, [MS-SMB2] 2.2.22. */
export const WriteResponse = body({
  structureSize: fixed(u16, 17),
  reserved: reserved(2),
  writtenBytes: u32,
  remaining: u32,
  channelInfo: reserved(4),
});

/** File system controls, [MS-FSCC] 2.3 and [MS-SMB2] 2.2.31. */
export const controlCodes = {
  pipeTransceive: 0x0011_c017,
  pipeWait: 0x0011_0018,
  pipePeek: 0x0011_400c,
  validateNegotiateInfo: 0x0014_0204,
  dfsGetReferrals: 0x0006_0194,
} as const;
/** The IOCTL flag that says that the control is a file system control, [MS-SMB2] 2.2.31. */
export const ioctlFlagIsFsctl = 1;

/** SMB2 IOCTL Request, [MS-SMB2] 2.2.31. */
export const IoctlRequest = body({
  structureSize: fixed(u16, 57),
  reserved: reserved(2),
  controlCode: u32,
  fileId: bytes(16),
  input: tail(rest, [offset(u32), length(u32)]),
  maxInputResponseBytes: u32,
  output: tail(rest, [offset(u32), length(u32)]),
  maxOutputResponseBytes: u32,
  flags: u32,
  reserved2: reserved(4),
});

/** SMB2 IOCTL Response, [MS-SMB2] 2.2.32. */
export const IoctlResponse = body({
  structureSize: fixed(u16, 49),
  reserved: reserved(2),
  controlCode: u32,
  fileId: bytes(16),
  input: tail(rest, [offset(u32), length(u32)], { isOffsetKept: true }),
  output: tail(rest, [offset(u32), length(u32)], { isOffsetKept: true }),
  flags: u32,
  reserved2: reserved(4),
});
