import type { PackageVersion } from '@drover/contracts';
import type { CatalogPorts, StoredPackage } from '../src/ports';

/** The catalogue's tables in memory; a transaction that throws leaves nothing behind. */
export class FakeCatalog implements CatalogPorts {
  packages: StoredPackage[] = [];
  versions: PackageVersion[] = [];
  actions: string[] = [];
  private made = 0;

  async transaction<T>(work: Parameters<CatalogPorts['transaction']>[0]): Promise<T> {
    const before = { packages: this.packages, versions: this.versions, actions: this.actions };
    try {
      return (await work({
        packages: {
          insert: async (row) => !this.isTaken(row) && Boolean((this.packages = [...this.packages, row])),
          update: async (row) =>
            !this.isTaken(row) &&
            Boolean((this.packages = this.packages.map((known) => (known.id === row.id ? row : known)))),
          page: async () => ({ packages: this.packages, total: this.packages.length }),
          labels: async () => {
            const all = this.packages.flatMap((row) => row.labels);
            return [...new Set(all)].map((label) => ({
              label,
              packages: all.filter((l) => l === label).length,
            }));
          },
          byId: async (id) => this.packages.find((row) => row.id === id),
          lock: async (id) => this.packages.find((row) => row.id === id),
        },
        versions: {
          insert: async (version) => void (this.versions = [...this.versions, version]),
          find: async (id, number) =>
            this.versions.find((row) => row.packageId === id && row.version === number),
          list: async (id) => this.versions.filter((row) => row.packageId === id),
        },
        audit: async ({ action }) => void (this.actions = [...this.actions, action]),
      })) as T;
    } catch (error) {
      Object.assign(this, before);
      throw error;
    }
  }

  now = (): Date => new Date('2026-01-01T00:00:00Z');
  newId = (): string => `018f0000-0000-7000-8000-00000000000${(this.made += 1)}`;

  private isTaken({ id, name }: StoredPackage): boolean {
    return this.packages.some((row) => row.id !== id && row.name.toLowerCase() === name.toLowerCase());
  }
}
