/** The table `package_version`. A trigger refuses to change a row, so that a version is immutable for everybody. */
import { packageContent, type PackageVersion } from '@drover/contracts';
import type { EntityManager } from 'typeorm';
import type { PackageVersions } from '../ports';

interface Row {
  package_id: string;
  version: number;
  content: unknown;
  created_at: Date;
  created_by: string;
}

/** As many as a reply shows; the older ones stay reachable by their number. */
const listedVersionsMax = 200;

export class PackageVersionsStore implements PackageVersions {
  constructor(private readonly manager: EntityManager) {}

  async insert(version: PackageVersion): Promise<void> {
    await this.manager.query(
      'INSERT INTO package_version (package_id, version, content, created_at, created_by) VALUES ($1, $2, $3, $4, $5)',
      [
        version.packageId,
        version.version,
        JSON.stringify(version.content),
        version.createdAt,
        version.createdBy,
      ],
    );
  }

  async find(packageId: string, version: number): Promise<PackageVersion | undefined> {
    const rows = await this.manager.query<Row[]>(
      'SELECT package_id, version, content, created_at, created_by FROM package_version WHERE package_id = $1 AND version = $2',
      [packageId, version],
    );
    // A version saved before an option existed has that option's default.
    return rows[0] && { ...headOf(rows[0]), content: packageContent.parse(rows[0].content) };
  }

  async list(packageId: string): Promise<Omit<PackageVersion, 'content'>[]> {
    const rows = await this.manager.query<Omit<Row, 'content'>[]>(
      `SELECT package_id, version, created_at, created_by FROM package_version WHERE package_id = $1
       ORDER BY version DESC LIMIT $2`,
      [packageId, listedVersionsMax],
    );
    return rows.map(headOf);
  }
}

const headOf = (row: Omit<Row, 'content'>): Omit<PackageVersion, 'content'> => ({
  packageId: row.package_id,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
});
