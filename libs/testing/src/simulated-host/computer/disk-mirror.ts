import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Keeps a virtual disk in a real folder, synchronously, so that a kill of this process loses nothing that was answered. */
export class DiskMirror {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
    mkdirSync(this.folder, { recursive: true });
  }

  /** Hands over what an earlier process left, folders (data undefined) before what they hold. */
  load(restore: (path: string, data: Buffer | undefined) => void): void {
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const full = join(folder, name);
        const path = relative(this.folder, full).split(sep).join('\\');
        if (statSync(full).isDirectory()) {
          restore(path, undefined);
          walk(full);
        } else restore(path, readFileSync(full));
      }
    };
    walk(this.folder);
  }

  write(path: string, offset: number, data: Buffer): void {
    const target = this.place(path);
    const descriptor = openSync(target, existsSync(target) ? 'r+' : 'w+');
    try {
      writeSync(descriptor, data, 0, data.length, offset);
    } finally {
      closeSync(descriptor);
    }
  }

  replace(path: string, data: Buffer): void {
    writeFileSync(this.place(path), data);
  }

  makeFolder(path: string): void {
    mkdirSync(this.place(path), { recursive: true });
  }

  remove(path: string, isDirectory: boolean): void {
    rmSync(this.place(path), { recursive: isDirectory, force: true });
  }

  private place(path: string): string {
    const target = resolve(this.folder, ...path.split('\\'));
    if (!target.startsWith(this.folder + sep))
      throw new RangeError(`a virtual path leaves its folder: ${path}`);
    mkdirSync(dirname(target), { recursive: true });
    return target;
  }
}
