import fc from 'fast-check';
import { planFor } from '../plan/plan';
import { packageDefaults, type PackageContent } from './package';
import type { Branch, CommandStep, Step } from './step';
import { reachableSteps, validatePackage } from './validate-package';

const step = (id: string, more: Partial<CommandStep> = {}): Step => ({
  id,
  name: `Step ${id}`,
  type: 'command',
  command: 'ver',
  successCodes: [0],
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
  ...more,
});

const content = (steps: Step[]): PackageContent => ({
  ...packageDefaults,
  name: 'Example',
  maximumDurationSeconds: 60,
  runMode: 'system',
  steps,
});

describe('validatePackage', () => {
  it('accepts a plain series of steps without a remark', () => {
    expect(validatePackage(content([step('a'), step('b')]))).toEqual({ errors: [], warnings: [] });
  });

  it('refuses a branch to nowhere and names step and field', () => {
    const { errors } = validatePackage(
      content([step('a'), step('b', { onFailure: { go: 'step', step: 'c' } })]),
    );
    expect(errors).toEqual([
      expect.objectContaining({ path: 'steps.1.onFailure', step: 'Step b', field: 'onFailure' }),
    ]);
    expect(errors[0]?.message).toContain('“c”, which does not exist');
  });

  it('refuses the second of two steps with the same id', () => {
    const { errors } = validatePackage(content([step('a'), step('b'), step('a')]));
    expect(errors).toEqual([expect.objectContaining({ path: 'steps.2.id' })]);
  });

  it.each([0, -1, 3010, 0xffff_ffff, -0x8000_0000])('accepts the success code %d', (code) => {
    expect(validatePackage(content([step('a', { successCodes: [code] })])).errors).toEqual([]);
  });

  it.each([0x1_0000_0000, -0x8000_0001, 1.5, Number.NaN])('refuses the success code %d', (code) => {
    expect(validatePackage(content([step('a', { successCodes: [code] })])).errors).toEqual([
      expect.objectContaining({ path: 'steps.0.successCodes' }),
    ]);
  });

  it('warns about a step that nothing reaches', () => {
    const { errors, warnings } = validatePackage(
      content([step('a', { onSuccess: { go: 'step', step: 'c' } }), step('b'), step('c')]),
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.objectContaining({ path: 'steps.1.id', step: 'Step b' })]);
  });

  it('says what “next” after a failure means on the last step', () => {
    const { warnings } = validatePackage(content([step('a', { onFailure: { go: 'next' } })]));
    expect(warnings).toEqual([expect.objectContaining({ path: 'steps.0.onFailure' })]);
  });

  it('warns about a step that only the maximum duration can end', () => {
    const back: Branch = { go: 'step', step: 'a' };
    const { warnings } = validatePackage(content([step('a', { onSuccess: back, onFailure: back })]));
    expect(warnings).toEqual([expect.objectContaining({ field: 'onSuccess' })]);
  });
});

const ids = ['a', 'b', 'c', 'd', 'e', 'nowhere'];
const branches = fc.oneof(
  fc.constantFrom<Branch>({ go: 'next' }, { go: 'stopSuccess' }, { go: 'stopFailure' }),
  fc.constantFrom(...ids).map((id): Branch => ({ go: 'step', step: id })),
);
const packages = fc
  .array(fc.tuple(fc.constantFrom(...ids.slice(0, 5)), branches, branches), { minLength: 1, maxLength: 6 })
  .map((rows) => content(rows.map(([id, onSuccess, onFailure]) => step(id, { onSuccess, onFailure }))));

describe('any package', () => {
  it('can be planned exactly when no branch leads to nowhere', () => {
    fc.assert(
      fc.property(packages, (candidate) => {
        const broken = validatePackage(candidate).errors.some((error) => error.field !== 'id');
        const plan = (): unknown => planFor(candidate, 'x', new Date(0));
        if (broken) expect(plan).toThrow(RangeError);
        else expect(plan).not.toThrow();
      }),
    );
  });

  it('is warned about exactly the steps that no walk through its plan visits', () => {
    fc.assert(
      fc.property(packages, fc.infiniteStream(fc.boolean()), (candidate, outcomes) => {
        const { errors, warnings } = validatePackage(candidate);
        if (errors.length > 0) return;
        const never = new Set(warnings.filter((w) => w.field === 'id').map((w) => w.path));
        const { steps } = planFor(candidate, 'x', new Date(0));
        let at: number | string = 0;
        for (let moves = 0; typeof at === 'number' && moves < 50; moves += 1) {
          expect(never.has(`steps.${at}.id`)).toBe(false);
          const here: (typeof steps)[number] | undefined = steps[at];
          at = outcomes.next().value ? (here?.onSuccess ?? '') : (here?.onFailure ?? '');
        }
        expect(never.size).toBe(candidate.steps.length - reachableSteps(candidate.steps).size);
      }),
    );
  });
});
