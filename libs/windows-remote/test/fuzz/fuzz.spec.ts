import { fuzz } from './fuzz';
import { mutated } from './mutate';
import { Random } from './random';
import { readTargets } from './targets';

const growthMaxBytes = 32 * 1024 * 1024;

describe('decoders under fuzzing', () => {
  const targets = readTargets();

  it('have recorded structures to start from, which all but the synthetic ones decode', () => {
    for (const { name, seeds, decode } of targets) {
      expect([name, seeds.length > 0]).toEqual([name, true]);
      if (!['NDR', 'RPC fragments', 'negotiate contexts'].includes(name))
        for (const seed of seeds) expect(() => decode(seed)).not.toThrow();
    }
  });

  it('give a value or an error of the library for 40,000 mutated replies', () => {
    const report = fuzz(targets, { inputs: 40_000, seed: 7 });
    expect(report.findings).toEqual([]);
    expect(report.inputs).toBe(40_000);
    // Both happen often, or the mutations are too gentle or too wild to reach anything.
    expect(report.accepted).toBeGreaterThan(2_000);
    expect(report.refused).toBeGreaterThan(2_000);
    expect(report.grownBytes).toBeLessThan(growthMaxBytes);
  });

  it('are told apart from a decoder that fails in another way', () => {
    const broken = {
      name: 'broken',
      seeds: [Buffer.alloc(8)],
      decode: (data: Buffer) => void data.readUInt32LE(data.length),
    };
    expect(fuzz([broken], { inputs: 10, seed: 1 }).findings.length).toBe(10);
  });

  it('get the same inputs from the same seed', () => {
    const inputs = (seed: number): string => {
      const random = new Random(seed);
      return Array.from({ length: 50 }, () =>
        mutated(Buffer.alloc(100, 1), random, [Buffer.alloc(9)]).toString('hex'),
      ).join();
    };
    expect(inputs(3)).toBe(inputs(3));
    expect(inputs(3)).not.toBe(inputs(4));
  });
});
