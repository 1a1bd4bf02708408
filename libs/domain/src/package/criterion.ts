/**
 * What a Condition step asks about a computer (STEP-5). The runner evaluates it there; the dispatcher sends it as it is.
 * Environment variables are expanded in paths, keys and names. A comparison on something missing does not hold, `!=`
 * included. Versions are compared number by number, missing numbers counting as 0.
 */

export const comparisonOperators = ['<', '<=', '=', '!=', '>=', '>'] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

/** Which of the two registry views is read; `either` holds when one of them does, but absent means absent in both. A 32-bit computer has one view. */
export const registryViews = ['64', '32', 'either'] as const;
export type RegistryView = (typeof registryViews)[number];

/** A file or a folder that is there, or is not. */
export interface FileCriterion {
  type: 'file';
  path: string;
  test: 'exists' | 'absent';
}

export interface FilePropertyCriterion {
  type: 'fileProperty';
  path: string;
  property: 'version' | 'sizeBytes' | 'modifiedAt';
  operator: ComparisonOperator;
  /** A version as in `1.2.3.4`, a whole number of bytes, or an instant as in `2024-05-31T12:00:00Z`. */
  value: string;
}

export interface RegistryKeyCriterion {
  type: 'registryKey';
  /** With its root, as in `HKLM\SOFTWARE\Example`. */
  key: string;
  view: RegistryView;
  test: 'exists' | 'absent';
}

export interface RegistryValueCriterion {
  type: 'registryValue';
  key: string;
  /** Empty for the default value of the key. */
  name: string;
  view: RegistryView;
  /** `equals` and `contains` disregard case; `number` and `version` compare by `operator`. */
  test: 'exists' | 'absent' | 'equals' | 'contains' | 'number' | 'version';
  operator?: ComparisonOperator | undefined;
  value?: string | undefined;
}

export interface ArchitectureCriterion {
  type: 'architecture';
  is: 32 | 64;
}

/** At least one of its members; all of those that are there must hold. */
export interface OsCriterion {
  type: 'os';
  family?: 'client' | 'server' | undefined;
  operator?: ComparisonOperator | undefined;
  /** As in `10.0.19045`: major, minor and build. */
  version?: string | undefined;
  /** A pattern with `*` and `?` for the EditionID in the registry, as in `Enterprise*`. */
  edition?: string | undefined;
}

/** An entry under `...\CurrentVersion\Uninstall`; the members that are there must hold of one and the same entry. */
export interface UninstallEntryCriterion {
  type: 'uninstallEntry';
  /** A pattern with `*` and `?` for DisplayName, without regard to case. */
  name: string;
  publisher?: string | undefined;
  operator?: ComparisonOperator | undefined;
  version?: string | undefined;
  view: RegistryView;
}

export interface EnvironmentCriterion {
  type: 'environment';
  name: string;
  test: 'exists' | 'absent' | 'equals' | 'contains';
  value?: string | undefined;
}

export interface ServiceCriterion {
  type: 'service';
  /** The short name, as in `wuauserv`. */
  name: string;
  test: 'exists' | 'absent' | 'running' | 'stopped' | 'disabled';
}

export type CriterionLeaf =
  | FileCriterion
  | FilePropertyCriterion
  | RegistryKeyCriterion
  | RegistryValueCriterion
  | ArchitectureCriterion
  | OsCriterion
  | UninstallEntryCriterion
  | EnvironmentCriterion
  | ServiceCriterion;

export interface AllCriterion {
  all: Criterion[];
}
export interface AnyCriterion {
  any: Criterion[];
}
export interface NotCriterion {
  not: Criterion;
}

export type Criterion = AllCriterion | AnyCriterion | NotCriterion | CriterionLeaf;

/** Groups within groups; the runner walks them with a stack of this size. */
export const criteriaDepthMax = 8;
/** Groups and leaves of one step together. */
export const criteriaMax = 200;
export const criterionTextCharactersMax = 2000;

/** The criteria directly inside one, none for a leaf. */
export function partsOf(criterion: Criterion): readonly Criterion[] {
  if ('all' in criterion) return criterion.all;
  if ('any' in criterion) return criterion.any;
  return 'not' in criterion ? [criterion.not] : [];
}

/** The leaves, in the order in which they are written. */
export function leavesOf(criterion: Criterion): CriterionLeaf[] {
  return 'type' in criterion ? [criterion] : partsOf(criterion).flatMap(leavesOf);
}
