/**
 * `npm run fuzz -w @drover/windows-remote -- [inputs] [seed]`: the long run, ten million inputs unless told otherwise.
 * The unit tests do a short one. Ends with 1 when there are findings or memory grew by more than 32 MiB.
 */
import { fuzz } from './fuzz';
import { readTargets } from './targets';

const growthMaxBytes = 32 * 1024 * 1024;
const inputs = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 0xffff_ffff);

const report = fuzz(readTargets(), {
  inputs,
  seed,
  onProgress: (done) => {
    if (done % 1_000_000 === 0) process.stderr.write(`${done} inputs\n`);
  },
});
process.stdout.write(`${JSON.stringify({ seed, node: process.version, ...report }, undefined, 2)}\n`);
process.exitCode = report.findings.length > 0 || report.grownBytes > growthMaxBytes ? 1 : 0;
