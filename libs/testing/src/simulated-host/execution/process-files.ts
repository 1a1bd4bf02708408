import { accessReadWrite, type VirtualDisk } from '../computer/virtual-disk';
import { HostRefusal } from '../refusal';

/** Writes what a process redirected into a file. A path that cannot be written loses the text, as cmd reports and goes on. */
export function writeProcessFile(disk: VirtualDisk, path: string, text: string, append: boolean): void {
  const local = path.replace(/^c:\\/i, '').replace(/^\\/, '');
  try {
    const handle = disk.open(local, {
      access: accessReadWrite,
      disposition: append ? 'openIf' : 'overwriteIf',
      kind: 'file',
    });
    handle.append(Buffer.from(text, 'utf8'));
    handle.close();
  } catch (error) {
    if (!(error instanceof HostRefusal)) throw error;
  }
}
