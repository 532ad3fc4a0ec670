import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For whom a transaction hangs, and whose commands nobody reads: together they tell a participant that does not answer
 * from one that does not run. Rows of coordinators that do not write the first yet name nobody.
 */
export class HungFor1764100900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions add column hung_participants jsonb');
    await runner.query('alter table participants add column unread_since timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table participants drop column unread_since');
    await runner.query('alter table transactions drop column hung_participants');
  }
}
