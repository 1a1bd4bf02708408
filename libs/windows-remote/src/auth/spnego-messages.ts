/** The SPNEGO tokens, RFC 4178 4.2 and [MS-SPNG] 2.2, in both directions. */
import { contextTag, derElements, derEncode, derExpect, derTags, oidBytes } from '../wire/der';

export const mechanismOids = {
  spnego: oidBytes('1.3.6.1.5.5.2'),
  ntlm: oidBytes('1.3.6.1.4.1.311.2.2.10'),
  kerberos: oidBytes('1.2.840.113554.1.2.2'),
  microsoftKerberos: oidBytes('1.2.840.48018.1.2.2'),
} as const;

/** NegState, RFC 4178 4.2.2. */
export const negStates = { acceptCompleted: 0, acceptIncomplete: 1, reject: 2, requestMic: 3 } as const;

export interface NegTokenInit {
  /** OID contents, the preferred one first. */
  mechanisms: Buffer[];
  token?: Buffer | undefined;
  mechListMic?: Buffer | undefined;
}

export interface NegTokenResponse {
  state?: number | undefined;
  mechanism?: Buffer | undefined;
  token?: Buffer | undefined;
  mechListMic?: Buffer | undefined;
}

/** The encoded MechTypeList: what the mechListMIC signs. */
export const encodeMechanismList = (mechanisms: Buffer[]): Buffer =>
  derEncode(derTags.sequence, ...mechanisms.map((oid) => derEncode(derTags.oid, oid)));

export function encodeNegTokenInit(init: NegTokenInit): Buffer {
  const sequence = derEncode(
    derTags.sequence,
    derEncode(contextTag(0), encodeMechanismList(init.mechanisms)),
    optionalOctets(2, init.token),
    optionalOctets(3, init.mechListMic),
  );
  return derEncode(
    derTags.application0,
    derEncode(derTags.oid, mechanismOids.spnego),
    derEncode(contextTag(0), sequence),
  );
}

export function decodeNegTokenInit(data: Buffer): NegTokenInit {
  const [, inner] = derElements(derExpect(data, derTags.application0));
  const sequence = derExpect(derExpect(inner?.whole ?? Buffer.alloc(0), contextTag(0)), derTags.sequence);
  const parts = new Map(derElements(sequence).map((element) => [element.tag, element.content]));
  const list = derExpect(parts.get(contextTag(0)) ?? Buffer.alloc(0), derTags.sequence);
  return {
    mechanisms: derElements(list).map((element) => element.content),
    token: readOctets(parts.get(contextTag(2))),
    mechListMic: readOctets(parts.get(contextTag(3))),
  };
}

export function encodeNegTokenResponse(response: NegTokenResponse): Buffer {
  const { state, mechanism } = response;
  const sequence = derEncode(
    derTags.sequence,
    state === undefined
      ? Buffer.alloc(0)
      : derEncode(contextTag(0), derEncode(derTags.enumerated, Buffer.from([state]))),
    mechanism === undefined ? Buffer.alloc(0) : derEncode(contextTag(1), derEncode(derTags.oid, mechanism)),
    optionalOctets(2, response.token),
    optionalOctets(3, response.mechListMic),
  );
  return derEncode(contextTag(1), sequence);
}

export function decodeNegTokenResponse(data: Buffer): NegTokenResponse {
  const sequence = derExpect(derExpect(data, contextTag(1)), derTags.sequence);
  const parts = new Map(derElements(sequence).map((element) => [element.tag, element.content]));
  const state = parts.get(contextTag(0));
  const mechanism = parts.get(contextTag(1));
  return {
    state: state === undefined ? undefined : derExpect(state, derTags.enumerated)[0],
    mechanism: mechanism === undefined ? undefined : derExpect(mechanism, derTags.oid),
    token: readOctets(parts.get(contextTag(2))),
    mechListMic: readOctets(parts.get(contextTag(3))),
  };
}

const optionalOctets = (tag: number, data: Buffer | undefined): Buffer =>
  data === undefined ? Buffer.alloc(0) : derEncode(contextTag(tag), derEncode(derTags.octetString, data));

const readOctets = (content: Buffer | undefined): Buffer | undefined =>
  content === undefined ? undefined : derExpect(content, derTags.octetString);
