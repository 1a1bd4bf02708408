import fc from 'fast-check';
import { editAll, editSteps, freeId, type StepEdit } from './edit-steps';
import { packageDefaults } from './package';
import { stepsMax, type Branch, type Step } from './step';
import { validatePackage } from './validate-package';

const step = (id: string, more: Partial<Omit<Step, 'type'>> = {}): Step => ({
  id,
  name: `Step ${id}`,
  type: 'wait',
  seconds: 1,
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
  ...more,
});
const to = (id: string): Branch => ({ go: 'step', step: id });
const three = [step('a', { onFailure: to('c') }), step('b', { onSuccess: to('c') }), step('c')];
const idsAfter = (steps: readonly Step[], edit: StepEdit): string[] =>
  editSteps(steps, edit).kind === 'refused'
    ? []
    : (editSteps(steps, edit) as { steps: Step[] }).steps.map((s) => s.id);

describe('editing steps', () => {
  it('refuses to delete a step that others lead to, and names them', () => {
    expect(editSteps(three, { do: 'delete', id: 'c' })).toEqual({
      kind: 'refused',
      because: 'it is where “Step a”, “Step b” can lead',
      steps: ['Step a', 'Step b'],
    });
  });

  it('re-points the branches of a deleted step when it is told where to', () => {
    const result = editSteps(three, { do: 'delete', id: 'c', repointTo: { go: 'stopSuccess' } });
    expect(result).toMatchObject({
      kind: 'edited',
      steps: [{ onFailure: { go: 'stopSuccess' } }, { onSuccess: { go: 'stopSuccess' } }],
    });
  });

  it('refuses to re-point to the step that goes away', () => {
    expect(editSteps(three, { do: 'delete', id: 'c', repointTo: to('c') }).kind).toBe('refused');
  });

  it('deletes a step that only itself leads to', () => {
    expect(idsAfter([step('a'), step('b', { onFailure: to('b') })], { do: 'delete', id: 'b' })).toEqual([
      'a',
    ]);
  });

  it('keeps the last step', () => {
    expect(editSteps([step('a')], { do: 'delete', id: 'a' }).kind).toBe('refused');
  });

  it('moves a step, and branches keep leading to it', () => {
    expect(idsAfter(three, { do: 'move', id: 'c', to: 0 })).toEqual(['c', 'a', 'b']);
    expect(idsAfter(three, { do: 'move', id: 'a', to: 2 })).toEqual(['b', 'c', 'a']);
    expect(editSteps(three, { do: 'move', id: 'a', to: 3 }).kind).toBe('refused');
  });

  it('puts a copy behind its original, with its own retry loop', () => {
    const result = editSteps([step('a', { onFailure: to('a') })], { do: 'duplicate', id: 'a' });
    expect(result).toMatchObject({
      steps: [
        { id: 'a', onFailure: to('a') },
        { id: 'a-2', name: 'Step a (copy)', onFailure: to('a-2') },
      ],
    });
  });

  it('refuses a second step with an id, a branch to nowhere and more steps than a package holds', () => {
    expect(editSteps(three, { do: 'add', step: step('b') })).toMatchObject({
      kind: 'refused',
      steps: ['Step b'],
    });
    expect(editSteps(three, { do: 'add', step: step('d', { onFailure: to('x') }) }).kind).toBe('refused');
    expect(editSteps(three, { do: 'replace', step: step('a', { onFailure: to('x') }) }).kind).toBe('refused');
    const full = Array.from({ length: stepsMax }, (_, index) => step(`s${index}`));
    expect(editSteps(full, { do: 'duplicate', id: 's0' }).kind).toBe('refused');
  });

  it('does all of several edits, or none', () => {
    const edits: StepEdit[] = [
      { do: 'add', step: step('d'), at: 0 },
      { do: 'delete', id: 'c' },
    ];
    expect(editAll(three, edits)).toMatchObject({ kind: 'refused' });
    expect(editAll(three, edits.slice(0, 1))).toMatchObject({
      kind: 'edited',
      steps: [{ id: 'd' }, {}, {}, {}],
    });
  });

  it('finds a free id within 64 characters', () => {
    const long = 'x'.repeat(64);
    expect(freeId([step(long)], long)).toBe(`${'x'.repeat(62)}-2`);
  });
});

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'a-2'];
const anyId = fc.constantFrom(...ids);
const anyBranch = fc.oneof(
  fc.constantFrom<Branch>({ go: 'next' }, { go: 'stopSuccess' }, { go: 'stopFailure' }),
  anyId.map(to),
);
const anyStep = fc
  .tuple(anyId, anyBranch, anyBranch)
  .map(([id, onSuccess, onFailure]) => step(id, { onSuccess, onFailure }));
const anyEdit = fc.oneof(
  fc.record({ do: fc.constant('add' as const), step: anyStep, at: fc.option(fc.nat(8), { nil: undefined }) }),
  fc.record({ do: fc.constant('replace' as const), step: anyStep }),
  fc.record({ do: fc.constant('move' as const), id: anyId, to: fc.nat(8) }),
  fc.record({ do: fc.constant('duplicate' as const), id: anyId }),
  fc.record({
    do: fc.constant('delete' as const),
    id: anyId,
    repointTo: fc.option(anyBranch, { nil: undefined }),
  }),
);

it('never leaves a branch to nowhere nor two steps with one id, whatever is edited', () => {
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 30 }), (edits) => {
      let steps: Step[] = three;
      for (const edit of edits) {
        const before = structuredClone(steps);
        const result = editSteps(steps, edit);
        expect(steps).toEqual(before);
        if (result.kind === 'edited') steps = result.steps;
        expect(steps.length).toBeGreaterThan(0);
        expect(validatePackage({ ...packageDefaults, steps }).errors).toEqual([]);
      }
    }),
  );
});
