import fc from 'fast-check';
import { compareVersions } from './compare-versions';
import { packageDefaults, type PackageContent } from './package';
import type { CommandStep } from './step';

const step = (id: string, more: Partial<CommandStep> = {}): CommandStep => ({
  id,
  name: `Step ${id}`,
  type: 'command',
  command: 'ver',
  successCodes: [0],
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
  ...more,
});
const content = (ids: string, more: Partial<PackageContent> = {}): PackageContent => ({
  ...packageDefaults,
  name: 'Example',
  steps: [...ids].map((id) => step(id)),
  ...more,
});

describe('comparing two versions', () => {
  it('finds nothing between equal contents, whatever the order of members', () => {
    const { steps, ...rest } = content('ab');
    expect(compareVersions(content('ab'), { steps, ...rest })).toEqual([]);
  });

  it('says which option and which field of which step changed', () => {
    const after = content('', {
      rescan: true,
      steps: [step('a', { command: 'dir', timeoutSeconds: 60 })],
    });
    expect(compareVersions(content('a'), after)).toEqual([
      { kind: 'optionChanged', field: 'rescan', before: false, after: true },
      { kind: 'stepChanged', id: 'a', name: 'Step a', field: 'command', before: 'ver', after: 'dir' },
      { kind: 'stepChanged', id: 'a', name: 'Step a', field: 'timeoutSeconds', after: 60 },
    ]);
  });

  it('calls one step moved when one step was moved', () => {
    expect(compareVersions(content('abcde'), content('bcdea'))).toEqual([
      { kind: 'stepMoved', id: 'a', name: 'Step a', from: 0, to: 4 },
    ]);
  });

  it('tells added and removed steps from moved ones', () => {
    expect(compareVersions(content('abc'), content('xac'))).toEqual([
      { kind: 'stepRemoved', id: 'b', name: 'Step b', position: 1 },
      { kind: 'stepAdded', id: 'x', name: 'Step x', position: 0 },
    ]);
  });

  it('finds nothing only when nothing changed, and takes back what it found when swapped', () => {
    const ids = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const there = compareVersions(content(one), content(other));
        const back = compareVersions(content(other), content(one));
        expect(there.length === 0).toBe(one === other);
        const count = (kind: string, changes: typeof there) => changes.filter((c) => c.kind === kind).length;
        expect(count('stepAdded', there)).toBe(count('stepRemoved', back));
        expect(count('stepMoved', there)).toBe(count('stepMoved', back));
      }),
    );
  });
});
