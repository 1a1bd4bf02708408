import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that the rim keeps in every service's schema. */
export class PlatformTables1760000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key         text NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('event', 'job')),
        name        text NOT NULL,
        suffix      text,
        message_id  text NOT NULL,
        payload     jsonb NOT NULL,
        delay_ms    integer NOT NULL DEFAULT 0,
        traceparent text,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`
      CREATE TABLE inbox (
        consumer    text NOT NULL,
        event_id    text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, event_id)
      )`);
    await runner.query(`CREATE INDEX inbox_received_at ON inbox (received_at)`);
    await runner.query(`
      CREATE TABLE audit (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at      timestamptz NOT NULL DEFAULT now(),
        actor   text NOT NULL,
        action  text NOT NULL,
        subject text NOT NULL,
        detail  jsonb NOT NULL
      )`);
    await runner.query(`CREATE INDEX audit_subject ON audit (subject, at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE outbox, inbox, audit`);
  }
}
