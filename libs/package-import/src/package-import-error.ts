/** Why a file as a whole cannot be imported. Nothing of it is. */
export type PackageImportErrorKind = 'malformed' | 'unknownFormat' | 'invalid' | 'tooLarge';

/** Lines and columns count from 1. */
export interface Position {
  line: number;
  column: number;
}

export class PackageImportError extends Error {
  constructor(
    readonly kind: PackageImportErrorKind,
    message: string,
    readonly position: Position = { line: 1, column: 1 },
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'PackageImportError';
  }
}

/** The place of an offset in a text whose lines end in `\n`. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset));
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - lineStart + 1 };
}
