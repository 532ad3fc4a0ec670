import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1764000100000 implements MigrationInterface {
  readonly name = 'CreateOrders1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table customers (
        customer_id text collate "C" primary key,
        country     text not null
      )`);
    // What this service knows as the one who starts a checkout: written before it begins and once it is decided,
    // outside of it. What it knows as one who takes part stands in orders, written by the branch alone.
    await queryRunner.query(`
      create table checkouts (
        order_no        text   collate "C" primary key,
        customer_id     text   collate "C" not null,
        ordered_at      timestamptz not null,
        idempotency_key text   collate "C" unique,
        request_hash    text   not null,
        xid             uuid,
        outcome         text   check (outcome in ('confirmed', 'cancelled')),
        reason_code     text,
        reason_message  text,
        created_at      timestamptz not null default now(),
        check (outcome is null or xid is not null),
        check (reason_code is null or outcome = 'cancelled')
      ) with (fillfactor = 80)`);
    await queryRunner.query(`
      create table orders (
        order_no    text   collate "C" primary key,
        xid         uuid   not null,
        status      text   not null default 'pending' check (status in ('pending', 'paid', 'closed')),
        customer_id text   collate "C" not null,
        currency    text   collate "C" not null,
        coupon_code text   collate "C",
        address     jsonb  not null,
        ordered_at  timestamptz not null,
        created_at  timestamptz not null default now()
      ) with (fillfactor = 80)`);
    // No foreign key to orders: the lines are written by the statement that writes their order.
    await queryRunner.query(`
      create table order_lines (
        order_no       text   collate "C" not null,
        line           int    not null,
        sku            text   collate "C" not null,
        quantity       bigint not null check (quantity > 0),
        amount_minor   bigint not null check (amount_minor > 0),
        discount_minor bigint not null check (discount_minor >= 0),
        primary key (order_no, line)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['order_lines', 'orders', 'checkouts', 'customers'])
      await queryRunner.query(`drop table ${table}`);
  }
}
