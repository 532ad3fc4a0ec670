import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateStock1764000100000 implements MigrationInterface {
  readonly name = 'CreateStock1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Half-empty pages: a hot SKU's row is updated in place again and again, and touches no index.
    await queryRunner.query(`
      create table stock (
        sku       text   collate "C" primary key,
        available bigint not null check (available >= 0),
        frozen    bigint not null default 0 check (frozen >= 0),
        sold      bigint not null default 0 check (sold >= 0)
      ) with (fillfactor = 50)`);
    // No foreign key to stock: a Try has locked the SKU's row already, and a row of stock is never removed.
    await queryRunner.query(`
      create table reservations (
        xid       uuid   not null,
        branch_id text   collate "C" not null,
        sku       text   collate "C" not null,
        quantity  bigint not null check (quantity > 0),
        state     text   not null default 'frozen' check (state in ('frozen', 'sold', 'released')),
        primary key (xid, branch_id, sku)
      ) with (fillfactor = 80)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table reservations');
    await queryRunner.query('drop table stock');
  }
}
