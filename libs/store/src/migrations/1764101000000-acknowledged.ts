import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether operators have settled every contradiction of a transaction. Those that nobody has settled are counted and
 * listed after their end as well, and are few.
 */
export class Acknowledged1764101000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions add column acknowledged boolean not null default false');
    await runner.query(
      'create index transactions_disputed on transactions (xid) where contradicted and not acknowledged',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table transactions drop column acknowledged');
  }
}
