import { explainIssues } from './explain-issues';
import { packageContent } from './package-schemas';

const wrong = (criteria: unknown): string[] => {
  const step = { id: 'a', name: 'A', type: 'condition', criteria };
  const { error } = packageContent.safeParse({ name: 'A', steps: [step] });
  return explainIssues(error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('what is wrong with a criterion', () => {
  it('is said of the criterion itself, however deep it is', () => {
    expect(wrong({ all: [{ not: { type: 'file', path: 'C:\\x', test: 'gone' } }] })).toEqual([
      expect.stringMatching(/^steps\.0\.criteria\.all\.0\.not\.test: .*"exists"/),
    ]);
  });

  it('is its type when nobody knows that', () => {
    expect(wrong({ any: [{ type: 'weather' }] })).toEqual([
      'steps.0.criteria.any.0.type: is missing, or is none of those that are known',
    ]);
  });

  it('is the member that does not belong there', () => {
    expect(wrong({ type: 'architecture', is: 64, bits: 64 })).toEqual(['steps.0.criteria: unknown: bits']);
  });
});
