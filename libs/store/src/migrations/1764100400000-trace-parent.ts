import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The trace that a transaction belongs to, where it belongs to one that is sampled. */
export class TraceParent1764100400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions add column trace_parent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions drop column trace_parent');
  }
}
