/** The SMB session against a real Samba: what it agrees on, what it refuses, and what files look like on the disk. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WindowsCredential } from '../src/auth/credential';
import { SmbFiles } from '../src/smb/smb-files';
import type { SmbSessionOptions } from '../src/smb/smb-session';
import { SmbSession } from '../src/smb/smb-session';
import { RemoteError } from '../src/status/remote-error';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';

jest.setTimeout(60_000);

const mebibyte = 1024 * 1024;

async function connected<T>(
  samba: PrivateSamba,
  use: (session: SmbSession, files: SmbFiles) => Promise<T>,
  options: SmbSessionOptions = {},
): Promise<T> {
  const session = await SmbSession.connect(samba, new WindowsCredential(samba), {
    deadlineMs: 10_000,
    ...options,
  });
  try {
    return await use(session, new SmbFiles(() => session.tree('C$')));
  } finally {
    session.close();
  }
}

const failure = async (attempt: Promise<unknown>): Promise<RemoteError> => {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw new Error(`expected a RemoteError, got ${String(error)}`);
  return error;
};

describeSamba('an SMB session with Samba that offers everything', () => {
  let samba: PrivateSamba;
  beforeAll(async () => {
    samba = await startPrivateSamba({ address: '127.11.1.1' });
  });
  afterAll(() => samba.stop());

  it('agrees on 3.1.1, AES-128-GCM and AES-GMAC, and knows whom it talks to', () =>
    connected(samba, async ({ info }) => {
      expect(info).toMatchObject({
        dialect: 0x0311,
        cipher: 'aes-128-gcm',
        signing: 'aes-gmac',
        computerName: 'PRIVATE',
      });
      expect(Math.abs(info.serverTime.getTime() - Date.now())).toBeLessThan(60_000);
    }));

  it('logs on in four flights, connects both shares in the fifth and writes 256 KiB in the sixth', () =>
    connected(samba, async (session, files) => {
      expect(session.connection.traffic.flights).toBe(4);
      await Promise.all([files.connect(), session.tree('IPC$')]);
      expect(session.connection.traffic.flights).toBe(5);
      await Promise.all([
        files.write('flights.bin', randomBytes(mebibyte / 4)),
        files.stat('Windows'),
        files.makeDirectory('made'),
      ]);
      expect(session.connection.traffic.flights).toBe(6);
    }));

  it('opens a pipe and has an answer to its first message in one flight', () =>
    connected(samba, async (session) => {
      await session.tree('IPC$');
      const before = session.connection.traffic.flights;
      const { pipe, reply } = await session.openPipe('winreg', bindToWinreg);
      expect(session.connection.traffic.flights).toBe(before + 1);
      // bind_ack, [C706] 12.6.4.4.
      expect(reply?.[2]).toBe(12);
      await pipe.close();
    }));

  it('says that a pipe does not exist', () =>
    connected(samba, async (session) => {
      const error = await failure(session.openPipe('nothing', bindToWinreg));
      expect(error).toMatchObject({
        kind: 'refused',
        reason: 'notFound',
        codeName: 'STATUS_OBJECT_NAME_NOT_FOUND',
      });
    }));

  it('refuses to write over a file unless told to', () =>
    connected(samba, async (_, files) => {
      await files.write('once.txt', Buffer.from('first'));
      expect(await failure(files.write('once.txt', Buffer.from('second')))).toMatchObject({
        kind: 'refused',
        reason: 'alreadyExists',
      });
      await files.write('once.txt', Buffer.from('3rd'), { mode: 'overwrite' });
      expect(readFileSync(join(samba.driveFolder, 'once.txt'), 'utf8')).toBe('3rd');
    }));

  it.each([0, 1, 65_536, 65_537, mebibyte, 3 * mebibyte + 17])(
    'writes %d bytes and reads them back, whole and in parts',
    (size) =>
      connected(samba, async (_, files) => {
        const data = randomBytes(size);
        await files.write('data.bin', data, { mode: 'overwrite' });
        expect(readFileSync(join(samba.driveFolder, 'data.bin')).equals(data)).toBe(true);
        expect((await files.read('data.bin')).equals(data)).toBe(true);
        const offset = Math.floor(size / 2);
        expect(
          (await files.read('data.bin', { offset, length: 100 })).equals(data.subarray(offset, offset + 100)),
        ).toBe(true);
        expect((await files.read('data.bin', { offset })).equals(data.subarray(offset))).toBe(true);
        expect(await files.read('data.bin', { offset: size + 1 })).toHaveLength(0);
      }),
  );

  it('sees, renames, replaces and deletes files', () =>
    connected(samba, async (_, files) => {
      await files.write('from.tmp', Buffer.from('new'));
      await files.write('to.exe', Buffer.from('older'));
      expect(await files.stat('to.exe')).toMatchObject({ sizeBytes: 5, isDirectory: false });
      expect(await failure(files.rename('from.tmp', 'to.exe'))).toMatchObject({ reason: 'alreadyExists' });
      await files.rename('from.tmp', 'to.exe', { replace: true });
      expect(await files.stat('from.tmp')).toBeUndefined();
      expect(readFileSync(join(samba.driveFolder, 'to.exe'), 'utf8')).toBe('new');
      expect(await files.delete('to.exe')).toBe(true);
      expect(await files.delete('to.exe')).toBe(false);
      expect(await files.delete('no\\such\\folder')).toBe(false);
      expect(existsSync(join(samba.driveFolder, 'to.exe'))).toBe(false);
    }));

  it('makes a directory once, lists it, and does not delete it while something is in it', () =>
    connected(samba, async (_, files) => {
      expect(await files.makeDirectory('Windows\\Drover')).toBe('created');
      expect(await files.makeDirectory('Windows\\Drover')).toBe('existed');
      expect(await files.list('Windows\\Drover')).toEqual([]);
      await files.write('Windows\\Drover\\grün.log', Buffer.from('x'));
      expect(await files.list('Windows\\Drover', '*.log')).toEqual([
        { name: 'grün.log', sizeBytes: 1, isDirectory: false },
      ]);
      expect(await files.list('Windows')).toContainEqual(
        expect.objectContaining({ name: 'Drover', isDirectory: true }),
      );
      expect(await failure(files.delete('Windows\\Drover'))).toMatchObject({ reason: 'directoryNotEmpty' });
    }));

  it('lists a directory that needs several answers', () =>
    connected(samba, async (_, files) => {
      await files.makeDirectory('many');
      for (let i = 0; i < 1200; i++)
        writeFileSync(join(samba.driveFolder, 'many', `a file with a rather long name ${i}`), '');
      expect(await files.list('many')).toHaveLength(1200);
    }));

  it('tells free space as the operating system does', () =>
    connected(samba, async (_, files) => {
      expect(await files.freeSpaceBytes()).toBeGreaterThan(1_000_000n);
    }));

  it('says that a share or a path is not there', () =>
    connected(samba, async (session, files) => {
      expect(await failure(session.tree('D$'))).toMatchObject({
        kind: 'refused',
        reason: 'notFound',
        codeName: 'STATUS_BAD_NETWORK_NAME',
      });
      expect(await failure(files.read('no\\such\\file'))).toMatchObject({
        kind: 'refused',
        reason: 'notFound',
      });
      expect(await failure(files.write('no\\such\\file', Buffer.alloc(1)))).toMatchObject({
        kind: 'refused',
        reason: 'notFound',
      });
    }));

  it('refuses a wrong password, by that name and without the password in the error', async () => {
    const credential = new WindowsCredential({ username: 'Administrator', password: 'Wrong-Horse-8' });
    const error = await failure(SmbSession.connect(samba, credential));
    expect(error).toMatchObject({
      kind: 'denied',
      reason: 'wrongPassword',
      code: 0xc000_006d,
      host: samba.address,
    });
    expect(JSON.stringify(error) + error.stack).not.toContain('Wrong-Horse');
  });

  it('stops before the next flight when the caller says so, and sends nothing more', async () => {
    const stop = new Error('the grant was refused');
    let flights = 0;
    const beforeFlight = (): void => {
      flights++;
      if (flights === 4) throw stop;
    };
    const attempt = connected(samba, (_, files) => files.connect(), { beforeFlight });
    expect(await failure(attempt)).toMatchObject({ kind: 'unreachable', reason: 'aborted', cause: stop });
  });

  it('does not hold the time of a frozen caller against the server', async () => {
    const options = {
      deadlineMs: 300,
      beforeFlight: () => new Promise<void>((resolve) => setTimeout(resolve, 400)),
    };
    await connected(samba, (_, files) => files.connect(), options);
  });

  it('gives up when the caller does', async () => {
    const controller = new AbortController();
    const attempt = connected(
      samba,
      async (_, files) => {
        const reading = files.list('Windows');
        controller.abort();
        await reading;
      },
      { signal: controller.signal },
    );
    expect(await failure(attempt)).toMatchObject({ kind: 'unreachable', reason: 'aborted' });
  });
});

describeSamba.each([
  ['AES-256-GCM', 'AES-128-CMAC', 'aes-256-gcm', 'aes-cmac'],
  ['AES-128-CCM', 'AES-128-GMAC', 'aes-128-ccm', 'aes-gmac'],
  ['AES-256-CCM', 'AES-128-CMAC', 'aes-256-ccm', 'aes-cmac'],
])('a session where Samba requires encryption with %s', (cipher, signing, cipherName, signingName) => {
  let samba: PrivateSamba;
  beforeAll(async () => {
    const algorithms = [
      `server smb3 encryption algorithms = ${cipher}`,
      `server smb3 signing algorithms = ${signing}`,
    ];
    samba = await startPrivateSamba({
      address: '127.11.1.2',
      global: ['server smb encrypt = required', ...algorithms],
    });
  });
  afterAll(() => samba.stop());

  it(`uses ${cipherName} and writes a file of 1 MiB`, () =>
    connected(
      samba,
      async (session, files) => {
        expect(session.info).toMatchObject({ cipher: cipherName, signing: signingName });
        await files.write('big.bin', Buffer.alloc(mebibyte, 'x'));
        expect(statSync(join(samba.driveFolder, 'big.bin')).size).toBe(mebibyte);
      },
      { encryption: 'required' },
    ));
});

describeSamba.each(['AES-128-CMAC', 'AES-128-GMAC'])(
  'a session where Samba offers no encryption and signs with %s',
  (signing) => {
    let samba: PrivateSamba;
    beforeAll(async () => {
      samba = await startPrivateSamba({
        address: '127.11.1.3',
        global: ['server smb encrypt = off', `server smb3 signing algorithms = ${signing}`],
      });
    });
    afterAll(() => samba.stop());

    it('signs everything and moves a file of 1 MiB', () =>
      connected(samba, async (session, files) => {
        expect(session.info.cipher).toBeUndefined();
        const data = randomBytes(mebibyte);
        await files.write('big.bin', data);
        expect((await files.read('big.bin')).equals(data)).toBe(true);
      }));

    it('is refused when the caller requires encryption, before the password is used', async () => {
      const error = await failure(connected(samba, () => Promise.resolve(), { encryption: 'required' }));
      expect(error).toMatchObject({ kind: 'protocol', reason: 'downgrade' });
    });
  },
);

describeSamba.each([
  ['SMB2_10', 'unsupported'],
  ['NT1', 'smb1Only'],
])('a server that speaks at most %s', (protocol, reason) => {
  let samba: PrivateSamba;
  beforeAll(async () => {
    samba = await startPrivateSamba({
      address: '127.11.1.4',
      global: ['server min protocol = NT1', `server max protocol = ${protocol}`],
    });
  });
  afterAll(() => samba.stop());

  it('is refused with an error about the protocol', async () => {
    expect(await failure(SmbSession.connect(samba, new WindowsCredential(samba)))).toMatchObject({
      kind: 'protocol',
      reason,
    });
  });
});

/** A bind to winreg without authentication, [C706] 12.6.4.3: one presentation context with NDR. */
const bindToWinreg = Buffer.from(
  [
    '05000b03 10000000 4800 0000 01000000',
    'b810 b810 00000000 01000000',
    '0000 0100',
    '01d08c334422f131aaaa900038001003 01000000',
    '045d888aeb1cc9119fe808002b104860 02000000',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);
