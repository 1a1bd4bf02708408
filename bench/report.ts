/** How every benchmark says what it found: a table for people and bench/results/<name>.json for machines. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What was aimed at, as a number in the same unit. */
  aim?: number;
  better: 'lower' | 'higher';
  /** The peer's value in the same run. */
  peer?: { name: string; value: number };
}

const round = (value: number): number => Number(value.toPrecision(4));

function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

export function report(name: string, figures: Figure[], versions: Record<string, string>): void {
  const rows = figures.map((f) => ({
    figure: f.name,
    value: `${round(f.value)} ${f.unit}`,
    aim: f.aim === undefined ? '' : `${f.better === 'lower' ? '≤' : '≥'} ${f.aim}`,
    met:
      f.aim === undefined ? '' : (f.better === 'lower' ? f.value <= f.aim : f.value >= f.aim) ? 'yes' : 'no',
    peer: f.peer ? `${f.peer.name} ${round(f.peer.value)}` : '',
    ratio: f.peer ? round(f.value / f.peer.value) : '',
  }));
  console.table(rows);
  const folder = join(__dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const drover = (
    JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string }
  ).version;
  writeFileSync(
    file,
    `${JSON.stringify({ name, at: new Date().toISOString(), machine: machine(), versions: { drover, ...versions }, figures: figures.map((f) => ({ ...f, value: round(f.value), ...(f.peer && { peer: { ...f.peer, value: round(f.peer.value) } }) })) }, null, 2)}\n`,
  );
  console.log(`written: bench/results/${name}.json`);
}
