import { Problem, type packageWarning } from '@drover/contracts';
import { validatePackage, type PackageContent } from '@drover/domain';

export type PackageWarning = ReturnType<typeof packageWarning.parse>;

/** The warnings of a content that can be saved. @throws Problem 'invalid' naming every step and field that is wrong. */
export function checkContent(content: PackageContent): PackageWarning[] {
  const { errors, warnings } = validatePackage(content);
  if (errors.length > 0)
    throw new Problem('invalid', 'The package cannot be saved', errors.map((e) => e.message).join('; '), {
      remedy: 'Correct the fields that are named and save again.',
      errors: errors.map(({ path, message }) => ({ path, message })),
    });
  return warnings.map(({ step, field, message }) => ({ step, field, message }));
}
