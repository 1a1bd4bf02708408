import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NtStatus } from '../refusal';
import { DiskMirror } from './disk-mirror';
import { Ledger } from './ledger';
import { accessDelete, accessReadWrite, shareRead, VirtualDisk } from './virtual-disk';

const now = (): Date => new Date('2026-01-01');
const newDisk = (limitBytes?: number, mirror?: DiskMirror): VirtualDisk =>
  new VirtualDisk(now, new Ledger('disk', now), limitBytes, mirror);

/** The code with which a piece of work is refused. */
function refusalOf(work: () => unknown): number | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

describe('the virtual disk', () => {
  it('finds names without regard to case and keeps the case they were made with', () => {
    const disk = newDisk();
    disk.writeFile('Windows\\Temp\\Mixed.TXT', Buffer.from('x'));
    expect(disk.readFile('windows\\TEMP\\mixed.txt')?.toString()).toBe('x');
    expect(disk.files('windows\\temp')).toEqual(['Windows\\Temp\\Mixed.TXT']);
  });

  it('tells apart a missing file, a missing folder, a folder in place of a file and a name that is taken', () => {
    const disk = newDisk();
    disk.writeFile('Windows\\a', Buffer.alloc(1));
    expect(refusalOf(() => disk.open('Windows\\b'))).toBe(NtStatus.objectNameNotFound);
    expect(refusalOf(() => disk.open('Nowhere\\b'))).toBe(NtStatus.objectPathNotFound);
    expect(refusalOf(() => disk.open('Windows', { kind: 'file' }))).toBe(NtStatus.fileIsADirectory);
    expect(refusalOf(() => disk.open('Windows\\a', { kind: 'directory' }))).toBe(NtStatus.notADirectory);
    expect(refusalOf(() => disk.open('Windows\\a', { disposition: 'create' }))).toBe(
      NtStatus.objectNameCollision,
    );
    expect(refusalOf(() => disk.open('Windows\\a?', { disposition: 'create' }))).toBe(
      NtStatus.objectNameInvalid,
    );
  });

  it('lets a reader that shares write access see a file that is being written, and nobody else in', () => {
    const disk = newDisk();
    const writer = disk.open('Windows\\j', {
      disposition: 'create',
      access: accessReadWrite,
      share: shareRead,
    });
    expect(refusalOf(() => disk.open('Windows\\j', { share: shareRead }))).toBe(NtStatus.sharingViolation);
    expect(refusalOf(() => disk.open('Windows\\j', { access: accessReadWrite }))).toBe(
      NtStatus.sharingViolation,
    );
    expect(refusalOf(() => disk.open('Windows\\j', { access: accessDelete }))).toBe(
      NtStatus.sharingViolation,
    );
    disk.open('Windows\\j').close();
    writer.close();
    expect(disk.delete('Windows\\j')).toBe(true);
  });

  it('keeps a file that is to be deleted until its last handle closes', () => {
    const disk = newDisk();
    disk.writeFile('Windows\\a', Buffer.from('x'));
    const reader = disk.open('Windows\\a');
    disk.delete('Windows\\a');
    expect(refusalOf(() => disk.open('Windows\\a'))).toBe(NtStatus.deletePending);
    reader.close();
    expect(refusalOf(() => disk.open('Windows\\a'))).toBe(NtStatus.objectNameNotFound);
  });

  it('refuses to delete a folder that holds something', () => {
    expect(refusalOf(() => newDisk().delete('Windows'))).toBe(NtStatus.directoryNotEmpty);
  });

  it('is full at its limit and has the space back after a deletion', () => {
    const disk = newDisk(1000);
    disk.writeFile('Windows\\a', Buffer.alloc(900));
    expect(refusalOf(() => disk.writeFile('Windows\\b', Buffer.alloc(200)))).toBe(NtStatus.diskFull);
    disk.delete('Windows\\a');
    disk.writeFile('Windows\\b', Buffer.alloc(200));
    expect(disk.freeBytes).toBe(800);
  });

  it('renames over another file only when told to', () => {
    const disk = newDisk();
    disk.writeFile('Windows\\a', Buffer.from('a'));
    disk.writeFile('Windows\\b', Buffer.from('b'));
    const handle = disk.open('Windows\\a', { access: accessDelete });
    expect(refusalOf(() => handle.rename('Windows\\b', false))).toBe(NtStatus.objectNameCollision);
    handle.rename('Windows\\b', true);
    handle.close();
    expect(disk.readFile('Windows\\b')?.toString()).toBe('a');
  });

  it('comes back from its folder as it was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drover-disk-'));
    const disk = newDisk(undefined, new DiskMirror(folder));
    const handle = disk.open('Windows\\grün.txt', { disposition: 'create', access: accessReadWrite });
    handle.append(Buffer.from('one '));
    handle.append(Buffer.from('two'));
    disk.open('Windows\\Drover', { disposition: 'create', kind: 'directory' }).close();
    handle.rename('Windows\\Drover\\moved.txt', false);
    const again = newDisk(undefined, new DiskMirror(folder));
    expect(again.readFile('windows\\drover\\moved.txt')?.toString()).toBe('one two');
    expect(again.stat('Windows\\grün.txt')).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});
