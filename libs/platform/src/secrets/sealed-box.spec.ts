import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ensureKeyPair } from './key-pair';
import { Opener, Sealer } from './sealed-box';

const folder = mkdtempSync(join(tmpdir(), 'drover-keys-'));
const files = { publicKeyFile: join(folder, 'public.key'), privateKeyFile: join(folder, 'private.key') };
const account = { id: 'credential-1', version: 1, username: 'deploy', domain: 'EXAMPLE' };
const password = 'correct horse';

let sealer: Sealer;
let opener: Opener;
beforeAll(async () => {
  await ensureKeyPair(files);
  sealer = await Sealer.fromFile(files.publicKeyFile);
  opener = await Opener.fromFile(files.privateKeyFile);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a sealed password', () => {
  it('opens with the private key for exactly the account it was sealed for', async () => {
    const sealed = await sealer.seal({ ...account, password });
    expect((await opener.open({ ...account, sealed })).password).toBe(password);
  });

  it.each([{ id: 'credential-2' }, { version: 2 }, { username: 'other' }, { domain: null }])(
    'is refused for another row: %o',
    async (other) => {
      const sealed = await sealer.seal({ ...account, password });
      await expect(opener.open({ ...account, ...other, sealed })).rejects.toMatchObject({ kind: 'secret' });
    },
  );

  it('is refused when a byte of it has changed', async () => {
    const sealed = Buffer.from(await sealer.seal({ ...account, password }), 'base64');
    sealed.writeUInt8(sealed.readUInt8(60) ^ 1, 60);
    const changed = opener.open({ ...account, sealed: sealed.toString('base64') });
    await expect(changed).rejects.toMatchObject({ kind: 'secret' });
  });

  it('does not show once it is open', async () => {
    const opened = await opener.open({ ...account, sealed: await sealer.seal({ ...account, password }) });
    expect(inspect({ opened })).not.toContain(password);
    expect(JSON.stringify({ opened })).not.toContain(password);
    expect(`${inspect(opener)}`).not.toMatch(/Uint8Array|[0-9]{2,3}, [0-9]{2,3}/);
  });
});

describe('the key pair', () => {
  it('has a private key that only its owner can read, and is made once', async () => {
    const before = readFileSync(files.privateKeyFile, 'utf8');
    expect(statSync(files.privateKeyFile).mode & 0o777).toBe(0o600);
    await ensureKeyPair(files);
    expect(readFileSync(files.privateKeyFile, 'utf8')).toBe(before);
  });

  it('gets its public key back from the private one', async () => {
    const before = readFileSync(files.publicKeyFile, 'utf8');
    rmSync(files.publicKeyFile);
    await ensureKeyPair(files);
    expect(readFileSync(files.publicKeyFile, 'utf8')).toBe(before);
  });
});
