import fc from 'fast-check';
import { DomainError } from '../domain-error';
import { crc32 } from './crc32';
import { decodePlan, encodePlan, planBytesMax } from './plan-codec';
import type { CommandPlanStep, Plan, PlanStep } from './plan';

const step = (more: Partial<CommandPlanStep> = {}): PlanStep => ({
  name: 'Install',
  type: 'command',
  command: 'echo "Größe" && ver | find "1"',
  successCodes: [0, 1641, 3010],
  onSuccess: 'stopSuccess',
  onFailure: 'stopFailure',
  ...more,
});
const plan = (more: Partial<Plan> = {}): Plan => ({
  attemptName: '6f9619ff-8b86-4011-b42d-00c04fc964ff-1',
  maximumDurationSeconds: 900,
  retainUntil: new Date('2026-12-21T04:57:17.123Z'),
  steps: [step()],
  ...more,
});
const resealed = (bytes: Buffer): Buffer => {
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
};
const kindOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error.kind;
    throw error;
  }
  return 'nothing thrown';
};

const anyPlan = fc
  .array(
    fc.record({
      command: fc.string({ unit: 'grapheme' }),
      name: fc.string(),
      codes: fc.array(fc.nat(0xffffffff)),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .chain((steps) => {
    const branch = fc.oneof(
      fc.nat(steps.length - 1),
      fc.constantFrom('stopSuccess' as const, 'stopFailure' as const),
    );
    return fc.tuple(...steps.map((s) => fc.tuple(fc.constant(s), branch, branch)));
  })
  .map((steps) =>
    plan({
      steps: steps.map(([s, onSuccess, onFailure]) =>
        step({
          name: s.name,
          command: s.command.replaceAll('\0', ''),
          successCodes: s.codes,
          onSuccess,
          onFailure,
        }),
      ),
    }),
  );

describe('the plan as bytes', () => {
  it('uses the well-known CRC-32', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it('reads back every plan that it writes', () => {
    fc.assert(
      fc.property(anyPlan, (p) => expect(decodePlan(encodePlan(p))).toEqual(p)),
      { numRuns: 60 },
    );
  });

  it('keeps signed success codes as their 32 bits', () => {
    const [read] = decodePlan(encodePlan(plan({ steps: [step({ successCodes: [-1, -2147467259] })] }))).steps;
    expect(read).toMatchObject({ successCodes: [0xffffffff, 0x80004005] });
  });

  it('refuses a plan cut at any byte, and one with any byte changed', () => {
    const bytes = encodePlan(plan());
    for (let at = 0; at < bytes.length; at++) {
      expect(kindOf(() => decodePlan(bytes.subarray(0, at)))).toBe('damaged');
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      expect(kindOf(() => decodePlan(changed))).toBe('damaged');
    }
  });

  it('never fails otherwise on bytes whose checksum is right but whose shape is not', () => {
    const bytes = encodePlan(plan());
    for (let at = 4; at < bytes.length - 4; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = 0xff;
      expect(['damaged', 'nothing thrown']).toContain(kindOf(() => decodePlan(resealed(changed))));
    }
  });

  it('skips a later version’s optional field and refuses one that must be understood', () => {
    const withField = (tag: number): Buffer => {
      const bytes = encodePlan(plan());
      const extra = Buffer.from([tag & 0xff, tag >> 8, 1, 0, 0, 0, 9]);
      const grown = Buffer.concat([bytes.subarray(0, -4), extra, Buffer.alloc(4)]);
      grown.writeUInt32LE(grown.length, 8);
      return resealed(grown);
    };
    expect(decodePlan(withField(0x8077))).toEqual(plan());
    expect(kindOf(() => decodePlan(withField(0x0077)))).toBe('damaged');
  });

  it('refuses what the format cannot say', () => {
    expect(kindOf(() => encodePlan(plan({ steps: [] })))).toBe('invalid');
    expect(kindOf(() => encodePlan(plan({ attemptName: '..\\evil' })))).toBe('invalid');
    expect(kindOf(() => encodePlan(plan({ maximumDurationSeconds: 0 })))).toBe('invalid');
    expect(kindOf(() => encodePlan(plan({ steps: [step({ onSuccess: 7 })] })))).toBe('invalid');
    expect(kindOf(() => encodePlan(plan({ steps: [step({ command: 'a\0b' })] })))).toBe('invalid');
    expect(kindOf(() => encodePlan(plan({ steps: [step({ command: '\ud800' })] })))).toBe('invalid');
    const huge = Array.from({ length: 30 }, () => step({ command: 'x'.repeat(32_000) }));
    expect(kindOf(() => encodePlan(plan({ steps: huge })))).toBe('tooLarge');
    expect(encodePlan(plan({ steps: huge.slice(0, 16) })).length).toBeLessThan(planBytesMax);
  });
});
