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
  writeIntoReadme(name, figures);
  console.log(`written: bench/results/${name}.json`);
}

/** The README shows a benchmark between two marks of its name; without marks it is left as it is. */
function writeIntoReadme(name: string, figures: Figure[]): void {
  const file = join(__dirname, '..', 'README.md');
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split(`<!-- bench:${name} -->\n`);
  const after = rest?.split(`<!-- /bench:${name} -->`)[1];
  if (before === undefined || after === undefined) return;
  const rows = figures.map(
    (f) =>
      `| ${f.name} | ${round(f.value)} ${f.unit} | ${f.aim === undefined ? '' : `${f.better === 'lower' ? '≤' : '≥'} ${f.aim}`} | ${f.peer ? `${f.peer.name}: ${round(f.peer.value)}` : ''} |`,
  );
  const { cpu, cores, memoryGiB, node } = machine();
  const table = ['| figure | value | aim | peer, same run |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
  writeFileSync(
    file,
    `${before}<!-- bench:${name} -->\n\n${table}\n\n${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}; all on one machine over loopback.\n\n<!-- /bench:${name} -->${after}`,
  );
}
