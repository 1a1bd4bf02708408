/** Feeds mutated replies to every decoder and reports what is neither a value nor one of the library's errors. */
import { RemoteError } from '../../src/status/remote-error';
import { WireError } from '../../src/wire/wire-error';
import { mutated } from './mutate';
import { Random } from './random';
import type { Target } from './targets';

export interface FuzzOptions {
  inputs: number;
  seed: number;
  /** Called now and then with the number of inputs so far. */
  onProgress?: (inputs: number) => void;
}

export interface Finding {
  target: string;
  input: string;
  what: string;
}

export interface FuzzReport {
  inputs: number;
  accepted: number;
  refused: number;
  findings: Finding[];
  slowestMs: number;
  /** Beyond what was in use after the first inputs, after garbage collection where node exposes it. */
  grownBytes: number;
}

/** Slower decoding is a finding; far above the microseconds that are usual, so that a busy machine is none. */
const slowMs = 2000;
const findingsMax = 20;
const progressEvery = 100_000;

export function fuzz(targets: readonly Target[], { inputs, seed, onProgress }: FuzzOptions): FuzzReport {
  const random = new Random(seed);
  const report = {
    inputs: 0,
    accepted: 0,
    refused: 0,
    findings: [] as Finding[],
    slowestMs: 0,
    grownBytes: 0,
  };
  let baseBytes: number | undefined;
  while (report.inputs < inputs && report.findings.length < findingsMax) {
    const target = targets[report.inputs % targets.length]!;
    const input = mutated(random.of(target.seeds), random, target.seeds);
    const startedAt = performance.now();
    const what = outcomeOf(target, input);
    const tookMs = performance.now() - startedAt;
    report.inputs++;
    report.slowestMs = Math.max(report.slowestMs, tookMs);
    if (what === undefined) report.accepted++;
    else if (what === 'refused') report.refused++;
    else report.findings.push({ target: target.name, input: input.toString('hex'), what });
    if (tookMs > slowMs)
      report.findings.push({ target: target.name, input: input.toString('hex'), what: `took ${tookMs} ms` });
    if (report.inputs % progressEvery === 0 || report.inputs === Math.min(inputs, 1000)) {
      const usedBytes = memoryInUse();
      baseBytes ??= usedBytes;
      report.grownBytes = Math.max(report.grownBytes, usedBytes - baseBytes);
      onProgress?.(report.inputs);
    }
  }
  return report;
}

function outcomeOf(target: Target, input: Buffer): string | undefined {
  try {
    target.decode(input);
    return undefined;
  } catch (error) {
    if (error instanceof WireError || error instanceof RemoteError) return 'refused';
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function memoryInUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
