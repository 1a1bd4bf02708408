import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UsersAndSessions1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE account (
        id uuid PRIMARY KEY,
        username text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE UNIQUE INDEX account_username ON account (lower(username))');
    await runner.query(`
      CREATE TABLE session (
        token_hash text PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX session_expires_at ON session (expires_at)');
    await runner.query('CREATE TABLE failed_login (key text NOT NULL, at timestamptz NOT NULL)');
    await runner.query('CREATE INDEX failed_login_key ON failed_login (key, at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE failed_login');
    await runner.query('DROP TABLE session');
    await runner.query('DROP TABLE account');
  }
}
