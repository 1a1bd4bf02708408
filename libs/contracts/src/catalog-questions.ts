/** What package-catalog answers. */
import { z } from 'zod';
import { question } from './declare';
import { branch, packageContent, step } from './package-schemas';
import { shortText } from './texts';
import { id, instant } from './words';

export const packageVersion = z.object({
  packageId: id,
  version: z.int().min(1),
  content: packageContent,
  createdAt: instant,
  createdBy: z.string(),
});

export const packageSummary = z.object({
  id,
  name: shortText,
  description: z.string(),
  latestVersion: z.int().min(1),
  isArchived: z.boolean(),
  isEnabled: z.boolean(),
  steps: z.int(),
  labels: z.array(z.string()),
  updatedAt: instant,
});

/** What is odd about a package but does not forbid it, such as a step that nothing reaches. */
export const packageWarning = z.object({
  step: z.string().optional(),
  field: z.string().optional(),
  message: z.string(),
});

const actor = z.object({ actor: z.string().min(1) });
const saved = z.object({
  package: packageSummary,
  version: packageVersion,
  warnings: z.array(packageWarning),
});

export const createPackage = question(
  'package.create',
  actor.extend({ content: packageContent }),
  saved,
  'Creates a package as version 1; a branch to nowhere is refused.',
);
export const savePackage = question(
  'package.save',
  actor.extend({ id, expectedVersion: z.int().min(1), content: packageContent }),
  saved,
  'Saves the next immutable version (PKG-3); somebody else’s save in between is a conflict.',
);
export const duplicatePackage = question(
  'package.duplicate',
  actor.extend({ id, name: shortText }),
  saved,
  'Copies the latest version under another name.',
);
export const setPackageFlags = question(
  'package.flags',
  actor.extend({ id, isArchived: z.boolean().optional(), isEnabled: z.boolean().optional() }),
  packageSummary,
  'Archives, restores, enables or disables a package; its history stays.',
);
export const listPackages = question(
  'package.list',
  z.object({
    search: z.string().max(255).optional(),
    /** Without regard to case. */
    label: z.string().max(255).optional(),
    includeArchived: z.boolean().default(false),
    limit: z.int().min(1).max(1000).default(100),
    after: z.string().optional(),
  }),
  z.object({ packages: z.array(packageSummary), total: z.int() }),
  'Packages by name, a page at a time; every word of the search begins a word of name, description, labels or steps, or all of it is in the name.',
);
export const listLabels = question(
  'package.labels',
  z.object({}),
  z.object({ labels: z.array(z.object({ label: z.string(), packages: z.int() })) }),
  'The labels of packages that are not archived, by name, each with how many have it.',
);
export const getPackage = question(
  'package.get',
  z.object({ id }),
  z.object({ package: packageSummary, versions: z.array(packageVersion.omit({ content: true })) }),
  'A package and its versions.',
);
export const getPackageVersion = question(
  'package.version',
  z.object({ id, version: z.int().min(1).optional() }),
  z.object({ package: packageSummary, version: packageVersion }),
  'One version, the latest by default.',
);

const stepId = z.string().min(1).max(64);
export const stepEdit = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('add'), step, at: z.int().min(0).optional() }),
  z.strictObject({ do: z.literal('replace'), step }),
  z.strictObject({ do: z.literal('move'), id: stepId, to: z.int().min(0) }),
  z.strictObject({ do: z.literal('duplicate'), id: stepId }),
  z.strictObject({ do: z.literal('delete'), id: stepId, repointTo: branch.optional() }),
]);
export const editPackageSteps = question(
  'package.edit',
  actor.extend({ id, expectedVersion: z.int().min(1), edits: z.array(stepEdit).min(1).max(100) }),
  saved,
  'Adds, replaces, moves, duplicates or deletes steps and saves the next version (PKG-4): all the edits, or none.',
);

const changedStep = { id: z.string(), name: z.string() };
export const packageChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('optionChanged'), field: z.string(), before: z.unknown(), after: z.unknown() }),
  z.object({ kind: z.literal('stepAdded'), ...changedStep, position: z.int() }),
  z.object({ kind: z.literal('stepRemoved'), ...changedStep, position: z.int() }),
  z.object({ kind: z.literal('stepMoved'), ...changedStep, from: z.int(), to: z.int() }),
  z.object({
    kind: z.literal('stepChanged'),
    ...changedStep,
    field: z.string(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  }),
]);
export const comparePackageVersions = question(
  'package.compare',
  z.object({ id, from: z.int().min(1), to: z.int().min(1).optional() }),
  z.object({ package: packageSummary, from: z.int(), to: z.int(), changes: z.array(packageChange) }),
  'What changed between two versions, up to the latest by default; positions count from 0.',
);

export type PackageSummary = z.output<typeof packageSummary>;
export type PackageVersion = z.output<typeof packageVersion>;
