/** SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, ECHO and CANCEL, [MS-SMB2] 2.2.5 to 2.2.12 and 2.2.28 to 2.2.30. */
import { rest, u16, u32, u64, u8, utf16 } from '../../wire/codec';
import { body, fixed, length, offset, reserved, tail } from '../../wire/body';

/** SessionFlags of the SESSION_SETUP response, [MS-SMB2] 2.2.6. */
export const sessionFlags = { isGuest: 1, isNull: 2, encryptData: 4 } as const;

/** SMB2 SESSION_SETUP Request, [MS-SMB2] 2.2.5. */
export const SessionSetupRequest = body({
  structureSize: fixed(u16, 25),
  flags: u8,
  securityMode: u8,
  capabilities: u32,
  channel: u32,
  securityBuffer: tail(rest, [offset(u16), length(u16)]),
  previousSessionId: u64,
});

/** SMB2 SESSION_SETUP Response, [MS-SMB2] 2.2.6. */
export const SessionSetupResponse = body({
  structureSize: fixed(u16, 9),
  sessionFlags: u16,
  securityBuffer: tail(rest, [offset(u16), length(u16)], { isOffsetKept: true }),
});

/** The body that says nothing: LOGOFF, TREE_DISCONNECT, ECHO (both ways), CANCEL and the FLUSH response. */
export const EmptyBody = body({ structureSize: fixed(u16, 4), reserved: reserved(2) });

/** Share types, [MS-SMB2] 2.2.10. */
export const shareTypes = { disk: 1, pipe: 2, print: 3 } as const;
/** The share flag that demands encryption, [MS-SMB2] 2.2.10. */
export const shareFlagEncryptData = 0x8000;

/** SMB2 TREE_CONNECT Request, [MS-SMB2] 2.2.9. */
export const TreeConnectRequest = body({
  structureSize: fixed(u16, 9),
  flags: u16,
  path: tail(utf16, [offset(u16), length(u16)]),
});

/** SMB2 TREE_CONNECT Response, [MS-SMB2] 2.2.10. */
export const TreeConnectResponse = body({
  structureSize: fixed(u16, 16),
  shareType: u8,
  reserved: reserved(1),
  shareFlags: u32,
  capabilities: u32,
  maximalAccess: u32,
});
