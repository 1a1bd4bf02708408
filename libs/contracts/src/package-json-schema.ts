/** The schema of a package file as JSON Schema, for editors and other people's tools: docs/package-schema.json. */
import { z } from 'zod';
import { packageContent } from './package-schemas';

/** Draft 2020-12; members with a default may be left out. What it cannot say, saving checks: branches, combinations. */
export function packageJsonSchema(): Record<string, unknown> {
  const { $defs = {}, ...rest } = z.toJSONSchema(packageContent, { io: 'input' });
  const { PackageContent, ...definitions } = $defs as Record<string, Record<string, unknown>>;
  // Generators of forms want the members at the top, not behind a reference.
  const { $ref: _reference, ...head } = rest as Record<string, unknown>;
  return { ...head, ...PackageContent, $defs: definitions };
}
