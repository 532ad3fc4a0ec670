import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds old idempotency keys. Its newest entry always goes to its end, which is the cheapest place for one. */
export class History1764100700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index idempotency_keys_age on idempotency_keys (created_at, xid)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index idempotency_keys_age');
  }
}
