import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when a transaction only waits for the time before which it must not be confirmed. */
export class CoolingOff1764100800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions add column cooling_since timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions drop column cooling_since');
  }
}
