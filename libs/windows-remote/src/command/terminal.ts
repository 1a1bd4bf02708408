/** What the command sees of the process it runs in, so that tests can stand in for it. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** To standard output. */
  write(data: string | Buffer): void;
  /** To standard error. */
  complain(text: string): void;
  /** Asked for without echo; `undefined` when nobody is there to be asked. */
  askPassword(prompt: string): Promise<string | undefined>;
  readonly signal?: AbortSignal;
}

/** Names come from another computer: control characters in them must not move the reader's cursor. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '�');

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of clean)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return clean.map((row) => `${line(row)}\n`).join('');
}
