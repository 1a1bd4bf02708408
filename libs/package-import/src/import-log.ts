/**
 * What became of a file. Every importer counts its source's steps here and lists what Drover's model cannot say, so that
 * nothing is dropped silently (PKG-6).
 */
import type { Position } from './package-import-error';

export const importFormats = ['drover', 'reference', 'wpkg', 'pdq', 'winget'] as const;
export type ImportFormat = (typeof importFormats)[number];

export interface ListedItem {
  package: string;
  /** '' when it concerns the package as a whole. */
  step: string;
  /** The field, attribute or element of the source, with its value. */
  what: string;
  reason: string;
  /** Where it stands in the file, from 1. */
  line?: number;
}

export interface ImportReport {
  file: string;
  format?: ImportFormat;
  /** Packages in the file. */
  packages: number;
  /** Steps in the file, as the other tool counts them: commands and checks. */
  steps: number;
  /** Those of `steps` that the import holds completely. */
  represented: number;
  listed: ListedItem[];
  /** The names of Drover's packages that come from it. */
  becomes: string[];
  /** Why nothing of the file is imported. */
  refused?: { reason: string } & Position;
}

/** One step of the source. */
export class SourceStep {
  isRepresented = true;

  constructor(
    private readonly log: ImportLog,
    private readonly packageName: string,
    readonly name: string,
  ) {}

  /** The step, or a part of it, is not in the import. */
  lost(what: string, reason: string, line?: number): void {
    this.isRepresented = false;
    this.log.add({ package: this.packageName, step: this.name, what, reason, ...(line && { line }) });
  }

  /** The step is complete, and somebody has to know something. */
  note(what: string, reason: string, line?: number): void {
    this.log.add({ package: this.packageName, step: this.name, what, reason, ...(line && { line }) });
  }
}

export class ImportLog {
  packages = 0;
  private readonly steps: SourceStep[] = [];
  private readonly items = new Map<string, ListedItem>();

  /** Counts a step of the source. */
  step(packageName: string, name: string): SourceStep {
    const step = new SourceStep(this, packageName, name);
    this.steps.push(step);
    return step;
  }

  /** Something about a package as a whole. */
  list(packageName: string, what: string, reason: string, line?: number): void {
    this.add({ package: packageName, step: '', what, reason, ...(line && { line }) });
  }

  add(item: ListedItem): void {
    this.items.set(JSON.stringify(item), item);
  }

  report(file: string, format: ImportFormat, becomes: string[]): ImportReport {
    return {
      file,
      format,
      packages: this.packages,
      steps: this.steps.length,
      represented: this.steps.filter(({ isRepresented }) => isRepresented).length,
      listed: [...this.items.values()],
      becomes,
    };
  }
}
