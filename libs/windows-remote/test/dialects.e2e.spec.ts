/** Every dialect × signing × encryption that Samba offers, with Samba's own word for what the session is. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { WindowsCredential } from '../src/auth/credential';
import type { AeadName } from '../src/crypto/aead';
import type { SmbDialect, SmbPolicy, SmbSigning } from '../src/smb/policy';
import { SmbFiles } from '../src/smb/smb-files';
import { SmbSession } from '../src/smb/smb-session';
import { eventually } from './eventually';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';

jest.setTimeout(60_000);

interface Expected {
  dialect: number;
  cipher: string | undefined;
  signing: string;
}

type Row = readonly [name: string, policy: SmbPolicy, expected: Expected];

const revisions: Record<SmbDialect, number> = {
  '2.0.2': 0x0202,
  '2.1': 0x0210,
  '3.0': 0x0300,
  '3.0.2': 0x0302,
  '3.1.1': 0x0311,
};
const smb2: readonly SmbDialect[] = ['2.0.2', '2.1'];
const smb30: readonly SmbDialect[] = ['3.0', '3.0.2'];
const signing: readonly SmbSigning[] = ['aes-cmac', 'aes-gmac'];
const ciphers: readonly AeadName[] = ['aes-128-ccm', 'aes-128-gcm', 'aes-256-ccm', 'aes-256-gcm'];

const only = (dialect: SmbDialect, more: SmbPolicy = {}): SmbPolicy => ({
  minimumDialect: dialect,
  maximumDialect: dialect,
  ...more,
});

function row(dialect: SmbDialect, signs: string, cipher: string | undefined, more?: SmbPolicy): Row {
  const name = `${dialect} signed with ${signs}${cipher === undefined ? '' : `, encrypted with ${cipher}`}`;
  return [name, only(dialect, more), { dialect: revisions[dialect], cipher, signing: signs }];
}

const unencryptable = smb2.map((dialect) => row(dialect, 'hmac-sha256', undefined));
const plain: Row[] = [
  ...unencryptable,
  ...smb30.map((dialect) => row(dialect, 'aes-cmac', undefined)),
  ...signing.map((name) => row('3.1.1', name, undefined, { signing: [name] })),
];
const encrypted: Row[] = [
  ...smb30.map((dialect) => row(dialect, 'aes-cmac', 'aes-128-ccm')),
  ...signing.flatMap((name) =>
    ciphers.map((cipher) => row('3.1.1', name, cipher, { signing: [name], ciphers: [cipher] })),
  ),
];

const servers: [name: string, lines: string[], rows: Row[]][] = [
  ['without encryption', ['server smb encrypt = off'], plain],
  [
    'with encryption for who wants it',
    ['server smb encrypt = if_required'],
    [...unencryptable, ...encrypted],
  ],
  ['that demands encryption', ['server smb encrypt = required'], encrypted],
];

describeSamba.each(servers)('a session with a Samba %s', (_, lines, rows) => {
  let samba: PrivateSamba;
  beforeAll(async () => {
    samba = await startPrivateSamba({
      address: '127.32.1.1',
      global: ['server min protocol = SMB2_02', ...lines],
    });
  });
  afterAll(() => samba.stop());

  it.each(rows)(
    '%s is what Samba says it is, and moves files and talks to pipes',
    async (__, policy, expected) => {
      const session = await SmbSession.connect(samba, new WindowsCredential(samba), policy);
      try {
        expect(session.info).toMatchObject(expected);
        await exercise(session);
        // The session of the test before may still be listed for a moment.
        const found = await eventually(() => Promise.resolve(sambasWord(samba)));
        expect(found).toEqual(sambasWordFor(expected));
      } finally {
        session.close();
      }
    },
  );
});

/** More than one credit's worth of data in both directions, a compound, a listing and a pipe. */
async function exercise(session: SmbSession): Promise<void> {
  const files = new SmbFiles(() => session.tree('C$'));
  const data = randomBytes(300_001);
  await files.write('matrix.bin', data, { mode: 'overwrite' });
  const [read, found, listed] = await Promise.all([
    files.read('matrix.bin'),
    files.stat('matrix.bin'),
    files.list('', 'matrix.*'),
  ]);
  expect(read.equals(data)).toBe(true);
  expect(found?.sizeBytes).toBe(data.length);
  expect(listed).toHaveLength(1);
  const { pipe, reply } = await session.openPipe('srvsvc', bindToSrvsvc);
  // bind_ack, [C706] 12.6.4.4.
  expect(reply?.[2]).toBe(12);
  await pipe.close();
}

interface SambasWord {
  session_dialect: string;
  encryption: { cipher: string };
  signing: { cipher: string };
}

const sambasDialects: Record<number, string> = {
  0x0202: 'SMB2_02',
  0x0210: 'SMB2_10',
  0x0300: 'SMB3_00',
  0x0302: 'SMB3_02',
  0x0311: 'SMB3_11',
};

/** What smbstatus says of the session; undefined unless there is exactly one. */
function sambasWord({ folder }: PrivateSamba): unknown {
  const text = execFileSync('/usr/bin/smbstatus', ['-s', join(folder, 'smb.conf'), '--json', '--processes'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { sessions } = JSON.parse(text) as { sessions: Record<string, SambasWord> };
  const words = Object.values(sessions).map(({ session_dialect, encryption, signing: signs }) => ({
    dialect: session_dialect,
    cipher: encryption.cipher,
    signing: signs.cipher,
  }));
  return words.length === 1 ? words[0] : undefined;
}

const sambasSigning: Record<string, string> = {
  'hmac-sha256': 'HMAC-SHA256',
  'aes-cmac': 'AES-128-CMAC',
  'aes-gmac': 'AES-128-GMAC',
};

const sambasWordFor = ({ dialect, cipher = '-', signing: signs }: Expected): unknown => ({
  dialect: sambasDialects[dialect],
  cipher: cipher.toUpperCase(),
  signing: sambasSigning[signs],
});

describeSamba('a Samba that speaks at most 2.1', () => {
  let samba: PrivateSamba;
  beforeAll(async () => {
    samba = await startPrivateSamba({
      address: '127.32.1.2',
      global: ['server min protocol = SMB2_02', 'server max protocol = SMB2_10'],
    });
  });
  afterAll(() => samba.stop());

  const connect = (policy: SmbPolicy): Promise<SmbSession> =>
    SmbSession.connect(samba, new WindowsCredential(samba), policy);

  it('is below the floor unless the policy lowers it, and the error names the setting', async () => {
    await expect(connect({})).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'unsupported',
      message: expect.stringContaining('from 3.0 on, the floor that minimumDialect sets'),
    });
  });

  it('is spoken to when the policy lowers the floor, in the newest dialect that it knows', async () => {
    const session = await connect({ minimumDialect: '2.0.2' });
    expect(session.info).toMatchObject({ dialect: 0x0210, cipher: undefined, signing: 'hmac-sha256' });
    session.close();
  });

  it('stays refused when encryption is required, which it does not know', async () => {
    await expect(connect({ minimumDialect: '2.0.2', encryption: 'required' })).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'unsupported',
    });
  });
});

/** A bind to srvsvc without authentication, [C706] 12.6.4.3: one presentation context with NDR. */
const bindToSrvsvc = Buffer.from(
  [
    '05000b03 10000000 4800 0000 01000000',
    'b810 b810 00000000 01000000',
    '0000 0100',
    'c84f324b7016d30112785a47bf6ee188 03000000',
    '045d888aeb1cc9119fe808002b104860 02000000',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);
