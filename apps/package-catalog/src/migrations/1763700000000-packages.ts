import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Packages1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE package (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL,
        latest_version integer NOT NULL CHECK (latest_version >= 1),
        is_archived boolean NOT NULL,
        is_enabled boolean NOT NULL,
        steps integer NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE UNIQUE INDEX package_name ON package (lower(name) COLLATE "C")');
    await runner.query(`
      CREATE TABLE package_version (
        package_id uuid NOT NULL REFERENCES package (id),
        version integer NOT NULL CHECK (version >= 1),
        content json NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        PRIMARY KEY (package_id, version)
      )`);
    await runner.query(`
      CREATE FUNCTION package_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'version % of package % cannot be changed', OLD.version, OLD.package_id;
      END $$`);
    await runner.query(`
      CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON package_version
      FOR EACH ROW EXECUTE FUNCTION package_version_is_immutable()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE package_version');
    await runner.query('DROP FUNCTION package_version_is_immutable()');
    await runner.query('DROP TABLE package');
  }
}
