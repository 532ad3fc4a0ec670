import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What all coordinators have to know of a participant. One that has neither answered nor been paused has no row. */
export class Participants1764100100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table participants (
        name text primary key,
        last_answer_at timestamptz,
        set_aside_since timestamptz,
        paused_at timestamptz,
        paused_by text,
        pause_reason text,
        constraint participants_pause_whole
          check ((paused_at is null) = (paused_by is null) and (paused_at is null) = (pause_reason is null))
      ) with (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table participants');
  }
}
