/** What the use cases of this service need from the outside; `database.adapter.ts` provides it, fakes replace it. */
import type { PackageVersion } from '@drover/contracts';

/** The row of a package; its content is in its versions. */
export interface StoredPackage {
  id: string;
  name: string;
  description: string;
  latestVersion: number;
  isArchived: boolean;
  isEnabled: boolean;
  /** How many steps the latest version has. */
  steps: number;
  labels: string[];
  updatedAt: string;
}

export interface PackagePage {
  search?: string | undefined;
  label?: string | undefined;
  includeArchived: boolean;
  limit: number;
  /** The name of the last package of the page before. */
  after?: string | undefined;
}

export interface Packages {
  /** False when the name is taken, without regard to case. `words` are what a search finds it by. */
  insert(row: StoredPackage, words: readonly string[]): Promise<boolean>;
  page(page: PackagePage): Promise<{ packages: StoredPackage[]; total: number }>;
  byId(id: string): Promise<StoredPackage | undefined>;
  /** Reads and keeps others from changing it until the transaction ends. */
  lock(id: string): Promise<StoredPackage | undefined>;
  /** False when the name is taken by another package. Without `words`, a search finds it by what it did before. */
  update(row: StoredPackage, words?: readonly string[]): Promise<boolean>;
  /** Those of packages that are not archived, by name. */
  labels(): Promise<{ label: string; packages: number }[]>;
}

/** Versions are inserted and read; there is no way to change one. */
export interface PackageVersions {
  insert(version: PackageVersion): Promise<void>;
  find(packageId: string, version: number): Promise<PackageVersion | undefined>;
  /** The versions of a package without their content, the latest first. */
  list(packageId: string): Promise<Omit<PackageVersion, 'content'>[]>;
}

export interface AuditEntry {
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** Everything that one transaction may touch: all of it is kept, or none. */
export interface CatalogTransaction {
  packages: Packages;
  versions: PackageVersions;
  audit(entry: AuditEntry): Promise<void>;
}

export interface CatalogPorts {
  transaction<T>(work: (catalog: CatalogTransaction) => Promise<T>): Promise<T>;
  now(): Date;
  newId(): string;
}
