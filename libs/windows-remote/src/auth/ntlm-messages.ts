/** The three NTLM messages and what is inside them, [MS-NLMP] 2.2. Offsets count from the message's first byte. */
import type { Codec, Infer } from '../wire/codec';
import { bytes, filetime, rest, u16, u32, u64, u8, utf16 } from '../wire/codec';
import { body, fixed, length, offset, reserved, tail } from '../wire/body';
import { WireError } from '../wire/wire-error';

/** NegotiateFlags, [MS-NLMP] 2.2.2.5. */
export const ntlmFlags = {
  unicode: 0x1,
  requestTarget: 0x4,
  sign: 0x10,
  seal: 0x20,
  ntlm: 0x200,
  anonymous: 0x800,
  alwaysSign: 0x8000,
  targetTypeDomain: 0x1_0000,
  targetTypeServer: 0x2_0000,
  extendedSessionSecurity: 0x8_0000,
  targetInfo: 0x80_0000,
  version: 0x200_0000,
  key128: 0x2000_0000,
  keyExchange: 0x4000_0000,
  key56: 0x8000_0000,
} as const;

/** AvId, [MS-NLMP] 2.2.2.1. */
export const avIds = {
  endOfList: 0,
  netbiosComputerName: 1,
  netbiosDomainName: 2,
  dnsComputerName: 3,
  dnsDomainName: 4,
  dnsTreeName: 5,
  flags: 6,
  timestamp: 7,
  singleHost: 8,
  targetName: 9,
  channelBindings: 10,
} as const;
/** MsvAvFlags: the AUTHENTICATE message carries a MIC. */
export const avFlagMicPresent = 2;

/** `NTLMSSP\0` as a little-endian number. */
const signature = 0x0050_5353_4d4c_544en;

const fields = [length(u16), length(u16), offset(u32)];
const always = { isOffsetKept: true };

/** VERSION, [MS-NLMP] 2.2.2.10. */
export const NtlmVersion = body({ major: u8, minor: u8, build: u16, reserved: reserved(3), revision: u8 });
/** What the client calls itself: Windows 10, revision 15. */
export const ownVersion = { major: 10, minor: 0, build: 19_041, revision: 15 };

/** NEGOTIATE_MESSAGE, [MS-NLMP] 2.2.1.1. */
export const NtlmNegotiate = body({
  signature: fixed(u64, signature),
  messageType: fixed(u32, 1),
  flags: u32,
  domain: tail(rest, fields, always),
  workstation: tail(rest, fields, always),
  version: NtlmVersion,
});

/** CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2. */
export const NtlmChallenge = body({
  signature: fixed(u64, signature),
  messageType: fixed(u32, 2),
  targetName: tail(utf16, fields, always),
  flags: u32,
  serverChallenge: bytes(8),
  reserved: reserved(8),
  targetInfo: tail(rest, fields, always),
  version: NtlmVersion,
});
export type NtlmChallenge = Infer<typeof NtlmChallenge>;

/** Where the MIC stands in an AUTHENTICATE_MESSAGE. */
export const micOffset = 72;

/** AUTHENTICATE_MESSAGE, [MS-NLMP] 2.2.1.3. */
export const NtlmAuthenticate = body({
  signature: fixed(u64, signature),
  messageType: fixed(u32, 3),
  lmResponse: tail(rest, fields, always),
  ntResponse: tail(rest, fields, always),
  domain: tail(utf16, fields, always),
  username: tail(utf16, fields, always),
  workstation: tail(utf16, fields, always),
  encryptedSessionKey: tail(rest, fields, always),
  flags: u32,
  version: NtlmVersion,
  mic: bytes(16),
});
export type NtlmAuthenticate = Infer<typeof NtlmAuthenticate>;

export interface AvPair {
  id: number;
  value: Buffer;
}

const avPairsMax = 64;

/** A list of AV_PAIR, [MS-NLMP] 2.2.2.1, with its terminator, which is not part of the value. */
export const AvPairs: Codec<AvPair[]> = {
  write(writer, pairs) {
    for (const { id, value } of [...pairs, { id: avIds.endOfList, value: Buffer.alloc(0) }]) {
      u16.write(writer, id);
      u16.write(writer, value.length);
      writer.bytes(value);
    }
  },
  read(reader) {
    const pairs: AvPair[] = [];
    for (;;) {
      const id = u16.read(reader);
      const value = reader.bytes(u16.read(reader));
      if (id === avIds.endOfList) return pairs;
      pairs.push({ id, value });
      if (pairs.length > avPairsMax) throw new WireError('too many AV pairs', reader.position);
    }
  },
};
/** The same list where it is a whole buffer. */
export const TargetInfo = body({ pairs: AvPairs });

/** NTLMv2_CLIENT_CHALLENGE, [MS-NLMP] 2.2.2.7, called `temp` in 3.3.2. */
export const NtlmClientChallenge = body({
  responseVersion: fixed(u8, 1),
  highestVersion: fixed(u8, 1),
  reserved1: reserved(6),
  timestamp: filetime,
  clientChallenge: bytes(8),
  reserved3: reserved(4),
  pairs: AvPairs,
  padding: reserved(4),
});
