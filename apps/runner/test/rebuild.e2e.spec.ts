/** The committed executable comes from the committed source, and the source keeps its promises on Linux. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

jest.setTimeout(120_000);
const project = join(__dirname, '..');
const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
const isDebian12 = /^ID=debian$/m.test(release) && /^VERSION_ID="12"$/m.test(release);
const hasCompiler = existsSync('/usr/bin/x86_64-w64-mingw32-gcc') && existsSync('/usr/bin/make');
const onDebian12 = isDebian12 && hasCompiler ? it : it.skip; // tidy: other compilers make other bytes
const hasNativeCompiler = existsSync('/usr/bin/make') && existsSync('/usr/bin/gcc');
const withCompiler = hasNativeCompiler ? it : it.skip; // tidy: skipped by name where there is no compiler

const committed = (): Buffer => readFileSync(join(project, 'bin', 'runner-x64.exe'));

describe('the runner’s executable', () => {
  onDebian12('is the same, byte for byte, when it is built on Debian 12', () => {
    rmSync(join(project, 'build', 'runner-x64.exe'), { force: true });
    execFileSync('make', ['-C', project, 'build'], { stdio: 'pipe' });
    expect(readFileSync(join(project, 'build', 'runner-x64.exe')).equals(committed())).toBe(true);
  });

  withCompiler('passes its tests on Linux with sanitizers (make check)', () => {
    rmSync(join(project, 'build', 'check'), { force: true });
    expect(execFileSync('make', ['-C', project, 'check'], { stdio: 'pipe' }).toString()).toContain(
      'decisions hold',
    );
  });

  it('is an x64 console program of at most 256 KiB that says whose it is and names no path', () => {
    const bytes = committed();
    const header = bytes.readUInt32LE(0x3c);
    expect(bytes.readUInt16LE(header + 4)).toBe(0x8664);
    expect(bytes.readUInt32LE(header + 8)).toBe(0);
    expect(bytes.readUInt16LE(header + 24 + 68)).toBe(3);
    expect(bytes.length).toBeLessThanOrEqual(256 * 1024);
    expect(bytes.includes(Buffer.from('Drover runner', 'utf16le'))).toBe(true);
    expect(bytes.includes(Buffer.from(project))).toBe(false);
  });
});
