import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AssetsAndCredentials1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE asset (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        domain text,
        address text,
        port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE UNIQUE INDEX asset_name ON asset (lower(name) COLLATE "C")');
    await runner.query(`
      CREATE TABLE credential (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        username text NOT NULL,
        domain text,
        version integer NOT NULL CHECK (version >= 1),
        state text NOT NULL CHECK (state IN ('unproven', 'proven', 'suspended')),
        is_global boolean NOT NULL,
        sealed text NOT NULL,
        wrong_passwords_in_a_row integer NOT NULL,
        proving_until timestamptz,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE UNIQUE INDEX credential_name ON credential (lower(name) COLLATE "C")');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE credential');
    await runner.query('DROP TABLE asset');
  }
}
