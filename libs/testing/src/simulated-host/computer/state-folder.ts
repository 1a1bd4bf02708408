import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where one simulated computer keeps what survives its process: `disk/`, `ledger.jsonl` and one JSON file per part. */
export class StateFolder {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  get diskFolder(): string {
    return join(this.folder, 'disk');
  }

  get ledgerFile(): string {
    return join(this.folder, 'ledger.jsonl');
  }

  /** Replaces a part's file as a whole, so that a kill leaves the old or the new one. */
  save(part: string, content: unknown): void {
    const file = join(this.folder, `${part}.json`);
    writeFileSync(`${file}.part`, JSON.stringify(content));
    renameSync(`${file}.part`, file);
  }

  load(part: string): unknown {
    const file = join(this.folder, `${part}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined;
  }
}
