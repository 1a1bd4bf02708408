import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { PackageContent } from '@drover/domain';
import { searchWords } from '../packages/search-words';

/** Labels, and the words by which a package is found. */
export class PackageSearch1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE package
        ADD COLUMN labels text[] NOT NULL DEFAULT '{}',
        ADD COLUMN words tsvector NOT NULL DEFAULT ''`);
    const latest = (await runner.query(`
      SELECT p.id, v.content FROM package p
      JOIN package_version v ON v.package_id = p.id AND v.version = p.latest_version`)) as {
      id: string;
      content: PackageContent;
    }[];
    for (const { id, content } of latest)
      await runner.query('UPDATE package SET words = array_to_tsvector($2::text[]) WHERE id = $1', [
        id,
        searchWords(content),
      ]);
    await runner.query(
      'ALTER TABLE package ALTER COLUMN labels DROP DEFAULT, ALTER COLUMN words DROP DEFAULT',
    );
    await runner.query('CREATE INDEX package_words ON package USING gin (words) WITH (fastupdate = off)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX package_words');
    await runner.query('ALTER TABLE package DROP COLUMN words, DROP COLUMN labels');
  }
}
