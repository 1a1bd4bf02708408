import { inspect } from 'node:util';
import { WindowsCredential } from './credential';
import { proveNtlmV2, ntowfV2, sealKey, signKey } from './ntlm-keys';
import { encodeAvPairs, NtlmMechanism } from './ntlm-mechanism';
import {
  avIds,
  NtlmAuthenticate,
  NtlmChallenge,
  NtlmClientChallenge,
  NtlmNegotiate,
  TargetInfo,
} from './ntlm-messages';
import { NtlmSecurity } from './ntlm-security';
import { makeChallenge, verifyAuthenticate } from './ntlm-verify';
import { SpnegoMechanism } from './spnego-mechanism';
import {
  decodeNegTokenInit,
  decodeNegTokenResponse,
  encodeMechanismList,
  encodeNegTokenResponse,
  mechanismOids,
  negStates,
} from './spnego-messages';
import { Rc4 } from '../crypto/rc4';
import { RemoteError } from '../status/remote-error';
import { WireError } from '../wire/wire-error';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** The common values of [MS-NLMP] 4.2.1. */
const example = {
  credential: new WindowsCredential({ username: 'User', domain: 'Domain', password: 'Password' }),
  serverChallenge: hex('0123456789abcdef'),
  clientChallenge: Buffer.alloc(8, 0xaa),
  randomSessionKey: Buffer.alloc(16, 0x55),
};

describe('NTLMv2 calculations, [MS-NLMP] 4.2.4', () => {
  const temp = NtlmClientChallenge.encode({
    timestamp: 0n,
    clientChallenge: example.clientChallenge,
    pairs: [
      { id: avIds.netbiosDomainName, value: utf16('Domain') },
      { id: avIds.netbiosComputerName, value: utf16('Server') },
    ],
  });
  const responseKey = ntowfV2(example.credential.ntHash(), 'User', 'Domain');
  const { proof, sessionBaseKey } = proveNtlmV2(responseKey, example.serverChallenge, temp);

  it('derive the response key of 4.2.4.1.1', () => {
    expect(responseKey).toEqual(hex('0c868a403bfd7a93a3001ef22ef02e3f'));
  });

  it('derive the session base key of 4.2.4.1.2', () => {
    expect(sessionBaseKey).toEqual(hex('8de40ccadbc14a82f15cb0ad0de95ca3'));
  });

  it('prove as 4.2.4.2.2 prints it', () => {
    expect(proof).toEqual(hex('68cd0ab851e51c96aabc927bebef6a1c'));
  });

  it('encrypt the session key as 4.2.4.2.3 prints it', () => {
    expect(new Rc4(sessionBaseKey).apply(example.randomSessionKey)).toEqual(
      hex('c5dad2544fc9799094ce1ce90bc9d03e'),
    );
  });

  it('derive the sign and seal keys of 4.2.4.4', () => {
    expect(signKey(example.randomSessionKey, 'client-to-server')).toEqual(
      hex('4788dc861b4782f35d43fd98fe1a2d39'),
    );
    expect(sealKey(example.randomSessionKey, 'client-to-server')).toEqual(
      hex('59f600973cc4960a25480a7c196e4c58'),
    );
  });

  it('seal "Plaintext" as 4.2.4.4 prints it', () => {
    const plain = utf16('Plaintext');
    const { message, signature } = new NtlmSecurity(example.randomSessionKey, 'client').seal(
      plain,
      0,
      plain.length,
    );
    expect(message).toEqual(hex('54e50165bf1936dc996020c1811b0f06fb5f'));
    expect(signature).toEqual(hex('010000007fb38ec5c55d497600000000'));
  });
});

const names = {
  computerName: 'PC1',
  domainName: 'PC1',
  dnsComputerName: 'pc1.example',
  dnsDomainName: 'example',
};
const credential = new WindowsCredential({ username: 'Administrator', password: 'p@ss wörd' });

function challengeTo(negotiate: Buffer): Buffer {
  const { flags: clientFlags } = NtlmNegotiate.decode(negotiate);
  return makeChallenge({
    clientFlags,
    serverChallenge: example.serverChallenge,
    timestamp: 133_000_000_000_000_000n,
    ...names,
  });
}

function exchange(client: NtlmMechanism) {
  const negotiate = client.step(undefined)!;
  const challenge = challengeTo(negotiate);
  return { negotiate, challenge, authenticate: client.step(challenge)! };
}

describe('NTLM between a client and a server', () => {
  it('agrees on the session key and protects messages both ways, in order', () => {
    const client = new NtlmMechanism(credential, { targetName: 'cifs/pc1' });
    const verdict = verifyAuthenticate(exchange(client), () => credential.ntHash());
    if (!verdict.isProven) throw new Error(verdict.why);
    expect(verdict.exportedSessionKey).toEqual(client.sessionKey);
    const server = new NtlmSecurity(verdict.exportedSessionKey, 'server');
    for (const text of ['HEADone', 'HEADtwo', 'HEADthree']) {
      const sealed = client.seal(Buffer.from(text), 4, text.length);
      expect(sealed.message.subarray(0, 4).toString()).toBe('HEAD');
      expect(sealed.message.toString()).not.toBe(text);
      expect(server.unseal(sealed.message, 4, text.length, sealed.signature).toString()).toBe(text);
      const answer = server.seal(Buffer.from(text), 4, text.length);
      expect(client.unseal(answer.message, 4, text.length, answer.signature).toString()).toBe(text);
    }
  });

  it('knows the server by its names', () => {
    const client = new NtlmMechanism(credential);
    exchange(client);
    expect(client.serverNames).toMatchObject({
      computerName: 'PC1',
      dnsComputerName: 'pc1.example',
      osVersion: '10.0.19041',
    });
  });

  it('is refused with a wrong password, an unknown account, and a changed message', () => {
    const complete = exchange(new NtlmMechanism(credential));
    expect(verifyAuthenticate(complete, () => Buffer.alloc(16))).toEqual({
      isProven: false,
      why: 'wrongPassword',
    });
    expect(verifyAuthenticate(complete, () => undefined)).toEqual({ isProven: false, why: 'unknownAccount' });
    const changed = { ...complete, negotiate: Buffer.from(complete.negotiate) };
    changed.negotiate[12]! ^= 1;
    expect(verifyAuthenticate(changed, () => credential.ntHash())).toEqual({
      isProven: false,
      why: 'wrongMic',
    });
  });

  it('refuses a server that offers less than 128 bits', () => {
    const client = new NtlmMechanism(credential);
    const challenge = NtlmChallenge.decode(challengeTo(client.step(undefined)!));
    const weak = NtlmChallenge.encode({ ...challenge, flags: (challenge.flags & ~0x2000_0000) >>> 0 });
    expect(() => client.step(weak)).toThrow('weak NTLM session security');
  });

  it('refuses a message whose signature does not hold', () => {
    const client = new NtlmMechanism(credential);
    exchange(client);
    const server = new NtlmSecurity(client.sessionKey, 'server');
    const signature = server.sign(Buffer.from('yes'));
    expect(() => client.verify(Buffer.from('no!'), signature)).toThrow(RemoteError);
  });

  it('answers a truncated challenge with a WireError, at every byte', () => {
    const whole = challengeTo(new NtlmMechanism(credential).step(undefined)!);
    for (let size = 0; size < whole.length; size++) {
      const client = new NtlmMechanism(credential);
      client.step(undefined);
      expect(() => client.step(whole.subarray(0, size))).toThrow(WireError);
    }
  });

  it('reads target information back', () => {
    const pairs = [{ id: avIds.targetName, value: utf16('cifs/x') }];
    expect(TargetInfo.decode(encodeAvPairs(pairs)).pairs).toEqual(pairs);
  });
});

describe('SPNEGO around NTLM', () => {
  it('completes with both MICs, after which the RC4 streams start again and the numbers go on', () => {
    const inner = new NtlmMechanism(credential);
    const client = new SpnegoMechanism(inner);
    const init = decodeNegTokenInit(client.step(undefined)!);
    const challenge = challengeTo(init.token!);
    const first = { state: negStates.acceptIncomplete, mechanism: mechanismOids.ntlm, token: challenge };
    const proof = decodeNegTokenResponse(client.step(encodeNegTokenResponse(first))!);
    const verdict = verifyAuthenticate(
      { negotiate: init.token!, challenge, authenticate: proof.token! },
      () => credential.ntHash(),
    );
    if (!verdict.isProven) throw new Error(verdict.why);
    const server = new NtlmSecurity(verdict.exportedSessionKey, 'server');
    const list = encodeMechanismList(init.mechanisms);
    server.verify(list, proof.mechListMic!);
    server.restartIncomingStream();
    const mechListMic = server.sign(list);
    server.restartOutgoingStream();
    expect(client.done).toBe(false);
    expect(
      client.step(encodeNegTokenResponse({ state: negStates.acceptCompleted, mechListMic })),
    ).toBeUndefined();
    expect(client.done).toBe(true);
    const sealed = client.seal(Buffer.from('text'), 0, 4);
    expect(sealed.signature.readUInt32LE(12)).toBe(1);
    expect(server.unseal(sealed.message, 0, 4, sealed.signature).toString()).toBe('text');
  });

  it('refuses a forged MIC and a rejecting server', () => {
    const begin = () => {
      const client = new SpnegoMechanism(new NtlmMechanism(credential));
      const token = challengeTo(decodeNegTokenInit(client.step(undefined)!).token!);
      return { client, token };
    };
    const forged = begin();
    forged.client.step(encodeNegTokenResponse({ token: forged.token }));
    const mechListMic = Buffer.alloc(16, 1);
    expect(() => forged.client.step(encodeNegTokenResponse({ state: 0, mechListMic }))).toThrow('signature');
    const rejected = begin();
    expect(() => rejected.client.step(encodeNegTokenResponse({ state: negStates.reject }))).toThrow(
      'rejects',
    );
  });
});

describe('a credential', () => {
  it('never prints its password', () => {
    const printed = `${inspect({ credential })} ${JSON.stringify({ credential })} ${String(credential)}`;
    expect(printed).not.toContain('p@ss');
    expect(printed).toContain('«credential»');
    expect(NtlmAuthenticate).toBeDefined();
  });

  it('splits DOMAIN\\name', () => {
    const split = new WindowsCredential({ username: 'CORP\\ann', password: 'x' });
    expect([split.domain, split.username]).toEqual(['CORP', 'ann']);
  });
});
