import CliTable from 'cli-table3';
import { harmless } from './words';

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns under their headings, without lines: it reads well, and `awk` and `cut` work on it. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new CliTable({
    head: headings.map((heading) => heading.toUpperCase()),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => row.map((cell) => harmless(cell).replace(/\s*\n\s*/g, ' '))));
  return `${made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}
