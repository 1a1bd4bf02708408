/**
 * Large files, many files and unusual names against Samba: a slice of what `npm run large-files -w @drover/windows-remote`
 * does with 1 GiB and 10,000 files.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WindowsCredential } from '../src/auth/credential';
import { SmbFiles } from '../src/smb/smb-files';
import { SmbSession } from '../src/smb/smb-session';
import type { PrivateSamba } from './private-samba';
import { describeSamba, startPrivateSamba } from './private-samba';

jest.setTimeout(600_000);

const mebibyte = 1024 * 1024;
const fileMib = Number(process.env['LARGE_FILE_MIB'] ?? 256);
const smallFiles = Number(process.env['SMALL_FILES'] ?? 500);
/** What is under way, what the kernel has not taken yet, and garbage that node has not collected. */
const growthMaxBytes = 160 * mebibyte;

describeSamba('files on a Samba', () => {
  let samba: PrivateSamba;
  let session: SmbSession;
  let files: SmbFiles;
  beforeAll(async () => {
    samba = await startPrivateSamba({ address: '127.32.1.5' });
    session = await SmbSession.connect(samba, new WindowsCredential(samba));
    files = new SmbFiles(() => session.tree('C$'));
  });
  afterAll(async () => {
    session.close();
    await samba.stop();
  });

  it(`of ${fileMib} MiB go both ways in constant memory`, async () => {
    const piece = randomBytes(mebibyte);
    const sent = createHash('sha256');
    const memory = new MemoryGauge();
    function* pieces(): Generator<Buffer> {
      for (let index = 0; index < fileMib; index++) {
        piece.writeUInt32LE(index, index % 1000);
        sent.update(piece);
        memory.look();
        yield Buffer.from(piece);
      }
    }
    expect(await files.upload('large.bin', pieces())).toBe(fileMib * mebibyte);
    const digest = sent.digest('hex');
    expect(await digestOf(createReadStream(join(samba.driveFolder, 'large.bin')))).toBe(digest);
    const received = files.download('large.bin');
    expect(await digestOf(received, () => memory.look())).toBe(digest);
    expect(memory.grownBytes).toBeLessThan(growthMaxBytes);
    expect(await files.delete('large.bin')).toBe(true);
  });

  it('are closed when a download is left early, so that they can be deleted', async () => {
    await files.write('left.bin', Buffer.alloc(4 * mebibyte));
    for await (const data of files.download('left.bin')) {
      expect(data.length).toBeGreaterThan(0);
      break;
    }
    expect(await files.delete('left.bin')).toBe(true);
    expect(await files.stat('left.bin')).toBeUndefined();
  });

  it('are not written over by an upload unless told to, and an upload may be empty', async () => {
    expect(await files.upload('empty.bin', [])).toBe(0);
    await expect(files.upload('empty.bin', [Buffer.from('x')])).rejects.toMatchObject({
      reason: 'alreadyExists',
    });
    expect(
      await files.upload('empty.bin', [Buffer.from('x'), Buffer.from('yz')], { mode: 'overwrite' }),
    ).toBe(3);
    expect(readFileSync(join(samba.driveFolder, 'empty.bin'), 'utf8')).toBe('xyz');
  });

  it('report what stops the source of an upload', async () => {
    function* failing(): Generator<Buffer> {
      yield Buffer.from('a beginning');
      throw new Error('the source is gone');
    }
    await expect(files.upload('partial.bin', failing())).rejects.toThrow('the source is gone');
    expect(await files.delete('partial.bin')).toBe(true);
  });

  it(`${smallFiles} small ones are written, listed and deleted`, async () => {
    await files.makeDirectory('many');
    const names = Array.from({ length: smallFiles }, (_, index) => `many\\file ${index}.txt`);
    await eachOf(names, (name) => files.write(name, Buffer.from(name)));
    expect(readdirSync(join(samba.driveFolder, 'many'))).toHaveLength(smallFiles);
    expect(await files.list('many')).toHaveLength(smallFiles);
    await eachOf(names, async (name) => expect(await files.delete(name)).toBe(true));
    expect(await files.list('many')).toEqual([]);
  });

  it.each(['grün.txt', '文件名.txt', 'имя файла.log', 'αβγ’–…', '😀 smile.bin', 'a'.repeat(240)])(
    'called %s are written, listed, renamed and deleted',
    async (name) => {
      await files.write(name, Buffer.from(name));
      expect((await files.read(name)).toString()).toBe(name);
      expect((await files.list('')).map((entry) => entry.name)).toContain(name);
      expect(readdirSync(samba.driveFolder)).toContain(name);
      await files.rename(name, `${name}x`);
      expect(await files.delete(`${name}x`)).toBe(true);
    },
  );

  it('in paths far longer than 260 characters work like any other', async () => {
    const parts = Array.from({ length: 8 }, (_, index) => `${index}${'ü'.repeat(100)}`);
    for (let depth = 1; depth <= parts.length; depth++)
      expect(await files.makeDirectory(parts.slice(0, depth).join('\\'))).toBe('created');
    const path = [...parts, 'file.txt'].join('\\');
    expect(path.length).toBeGreaterThan(800);
    await files.write(path, Buffer.from('deep'));
    expect((await files.read(path)).toString()).toBe('deep');
    expect(await files.list(parts.join('\\'))).toHaveLength(1);
  });
});

class MemoryGauge {
  private readonly startBytes = process.memoryUsage.rss();
  grownBytes = 0;

  look(): void {
    this.grownBytes = Math.max(this.grownBytes, process.memoryUsage.rss() - this.startBytes);
  }
}

async function digestOf(pieces: AsyncIterable<Buffer>, onPiece?: () => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) {
    hash.update(piece);
    onPiece?.();
  }
  return hash.digest('hex');
}

const atOnce = 64;

async function eachOf(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  const waiting = [...names];
  const worker = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await act(name);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
