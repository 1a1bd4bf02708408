/** Somebody between client and server who changes what they agree on: there is no session then, and nothing secret is sent. */
import { decodeNegTokenResponse, encodeNegTokenResponse } from '../src/auth/spnego-messages';
import { WindowsCredential } from '../src/auth/credential';
import { NtlmChallenge, ntlmFlags } from '../src/auth/ntlm-messages';
import { SmbFiles } from '../src/smb/smb-files';
import type { SmbPolicy } from '../src/smb/policy';
import { SmbSession } from '../src/smb/smb-session';
import { commands, headerFlags, protocolIds } from '../src/smb/messages/header';
import {
  capabilities,
  dialects,
  EncryptionCapabilities,
  negotiateContextTypes,
  NegotiateRequest,
  NegotiateResponse,
  NegotiateResponseBefore311,
  securityModes,
} from '../src/smb/messages/negotiate';
import { SessionSetupResponse } from '../src/smb/messages/session';
import { ntstatus } from '../src/status/ntstatus';
import type { Infer } from '../src/wire/codec';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';
import type { Change, Tampering, TamperingProxy } from './tampering-proxy';
import { changing, startTamperingProxy } from './tampering-proxy';

jest.setTimeout(60_000);

const request = (change: (value: NegotiateRequest) => NegotiateRequest): Change =>
  changing(commands.negotiate, NegotiateRequest, change);
const response = (change: (value: NegotiateResponse) => NegotiateResponse): Change =>
  changing(commands.negotiate, NegotiateResponse, change);
type Old = Infer<typeof NegotiateResponseBefore311>;
const oldResponse = (change: (value: Old) => Old): Change =>
  changing(commands.negotiate, NegotiateResponseBefore311, change);

/** The same number of dialects, so that nothing else moves. */
const only = (dialect: number): Change =>
  request((value) => ({ ...value, dialects: value.dialects.map(() => dialect) }));

const withoutCipher = response((value) => ({
  ...value,
  contexts: value.contexts.map((context) =>
    context.contextType === negotiateContextTypes.encryption
      ? { ...context, data: EncryptionCapabilities.encode({ ciphers: [0] }) }
      : context,
  ),
}));

/** Changes the NTLM challenge inside its SPNEGO wrapper. */
const challenge = (change: (value: Infer<typeof NtlmChallenge>) => Infer<typeof NtlmChallenge>): Change =>
  changing(commands.sessionSetup, SessionSetupResponse, (value, { status }) => {
    if (status !== ntstatus.moreProcessingRequired) return value;
    const token = decodeNegTokenResponse(value.securityBuffer);
    const inner = NtlmChallenge.encode(change(NtlmChallenge.decode(token.token!)));
    return { ...value, securityBuffer: encodeNegTokenResponse({ ...token, token: inner }) };
  });

const asGuest = changing(commands.sessionSetup, SessionSetupResponse, (value, { status }) =>
  status === 0 ? { ...value, sessionFlags: 1 } : value,
);

const old = { minimumDialect: '3.0.2', maximumDialect: '3.0.2' } as const;
const oldest = { minimumDialect: '2.0.2' } as const;

const attacks: [what: string, policy: SmbPolicy, tampering: Tampering, reason: string][] = [
  ['removes 3.1.1 from the dialects', {}, { request: only(dialects.smb302) }, 'downgrade'],
  ['removes SMB 3 from the dialects', oldest, { request: only(dialects.smb202) }, 'downgrade'],
  ['removes SMB 3 although the floor is there', {}, { request: only(dialects.smb202) }, 'downgrade'],
  [
    'answers 3.1.1 as 3.0',
    {},
    { reply: response((value) => ({ ...value, dialect: dialects.smb300 })) },
    'signature',
  ],
  [
    'answers that nothing is signed',
    {},
    { reply: response((value) => ({ ...value, securityMode: 0 })) },
    'downgrade',
  ],
  [
    'answers that signing is optional',
    {},
    { reply: response((value) => ({ ...value, securityMode: securityModes.signingEnabled })) },
    'signature',
  ],
  [
    'answers that signing is optional, in 3.0.2',
    old,
    { reply: oldResponse((value) => ({ ...value, securityMode: securityModes.signingEnabled })) },
    'downgrade',
  ],
  [
    'asks for optional signing, in 3.0.2',
    old,
    { request: request((value) => ({ ...value, securityMode: 1 })) },
    'downgrade',
  ],
  ['removes the cipher', {}, { reply: withoutCipher }, 'signature'],
  [
    'removes encryption from what the server can, in 3.0.2',
    old,
    {
      reply: oldResponse((value) => ({
        ...value,
        capabilities: value.capabilities & ~capabilities.encryption,
      })),
    },
    'downgrade',
  ],
  [
    'removes everything from what the client can, in 3.0.2',
    old,
    { request: request((value) => ({ ...value, capabilities: 0 })) },
    'downgrade',
  ],
  ['makes the client a guest', {}, { reply: asGuest }, 'guestLogon'],
  [
    'swaps the challenge',
    {},
    { reply: challenge((value) => ({ ...value, serverChallenge: Buffer.alloc(8, 7) })) },
    'wrongPassword',
  ],
  [
    'weakens NTLM',
    {},
    { reply: challenge((value) => ({ ...value, flags: (value.flags & ~ntlmFlags.keyExchange) >>> 0 })) },
    'downgrade',
  ],
];

describeSamba.each([
  ['encrypts', 'server smb encrypt = if_required'],
  ['only signs', 'server smb encrypt = off'],
])('somebody in front of a Samba that %s', (what, line) => {
  let samba: PrivateSamba;
  let proxy: TamperingProxy | undefined;
  beforeAll(async () => {
    samba = await startPrivateSamba({
      address: '127.32.1.3',
      global: ['server min protocol = SMB2_02', line],
    });
  });
  afterEach(() => proxy?.stop());
  afterAll(() => samba.stop());

  async function through(tampering: Tampering, policy: SmbPolicy): Promise<SmbSession> {
    proxy = await startTamperingProxy(samba, tampering);
    return SmbSession.connect(proxy, new WindowsCredential(samba), { ...policy, deadlineMs: 5000 });
  }

  it.each([{}, old, { minimumDialect: '2.0.2', maximumDialect: '2.1' }] as const)(
    'who only watches is no hindrance (%j)',
    async (policy) => {
      const session = await through({}, policy);
      expect((await session.tree('C$')).share).toBe('C$');
      session.close();
    },
  );

  const possible = attacks.filter(([name]) => what === 'encrypts' || !/cipher|encryption/.test(name));
  it.each(possible)('who %s gets no session and no secret', async (_, policy, tampering, reason) => {
    await expect(through(tampering, policy)).rejects.toMatchObject({ reason });
    expect(secretsIn(proxy!.requests, samba.password)).toEqual([]);
  });

  it('who weakens NTLM does not even get the proof of the password', async () => {
    const [, , tampering] = attacks.find(([name]) => name === 'weakens NTLM')!;
    await expect(through(tampering, {})).rejects.toMatchObject({ kind: 'protocol' });
    expect(Buffer.concat(proxy!.requests).includes(authenticateMessage)).toBe(false);
  });

  it.each([{}, old, { minimumDialect: '2.0.2', maximumDialect: '2.1' }] as const)(
    'who strips the protection from an answer ends the session (%j)',
    async (policy) => {
      const strip: Change = (frame) => {
        if (frame.readUInt16LE(12) !== commands.treeConnect || frame.readUInt32LE(0) !== protocolIds.smb2)
          return frame;
        frame.writeUInt32LE(frame.readUInt32LE(16) & ~headerFlags.signed, 16);
        return frame.fill(0, 48, 64);
      };
      const garble: Change = (frame) => {
        if (frame.readUInt32LE(0) === protocolIds.transform) frame[frame.length - 1]! ^= 1;
        return frame;
      };
      const attempt = through({ reply: (frame) => garble(strip(frame)) }, policy).then((session) =>
        new SmbFiles(() => session.tree('C$')).connect(),
      );
      await expect(attempt).rejects.toMatchObject({ kind: 'protocol', reason: 'signature' });
    },
  );
});

/** NTLMSSP with message type 3, [MS-NLMP] 2.2.1.3. */
const authenticateMessage = Buffer.from('NTLMSSP\0\x03\0\0\0', 'latin1');

/** Forms in which a password may have left. */
function secretsIn(sent: readonly Buffer[], password: string): string[] {
  const all = Buffer.concat(sent);
  const hash = new WindowsCredential({ username: 'any', password }).ntHash();
  const forms = { text: Buffer.from(password), utf16: Buffer.from(password, 'utf16le'), hash };
  return Object.entries(forms)
    .filter(([, form]) => all.includes(form))
    .map(([name]) => name);
}
