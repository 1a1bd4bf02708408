/** What is wrong with a value, in words for the one who wrote it. */
import type { z } from 'zod';

export interface Explained {
  path: (string | number)[];
  message: string;
}

type Issue = z.core.$ZodIssue;

/**
 * A schema of several forms says only that none fits; here the form that was most likely meant says why. Where a `type`
 * tells the forms apart, that is its form; otherwise the one with the fewest complaints, and of those the deepest.
 */
export const explainIssues = (issues: readonly Issue[]): Explained[] =>
  issues.flatMap((issue) => explain(issue, []));

function explain(issue: Issue, above: (string | number)[]): Explained[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') return [{ path, message: `unknown: ${issue.keys.join(', ')}` }];
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
  if (issue.errors.length === 0) return [{ path, message: 'is missing, or is none of those that are known' }];
  const forms = issue.errors.map((form) => form.flatMap((inner) => explain(inner, path)));
  const depth = (form: Explained[]): number => Math.max(0, ...form.map((one) => one.path.length));
  return forms.reduce((best, form) => {
    if (form.length !== best.length) return form.length < best.length ? form : best;
    return depth(form) > depth(best) ? form : best;
  });
}
