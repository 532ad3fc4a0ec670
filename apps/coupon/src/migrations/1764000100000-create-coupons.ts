import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCoupons1764000100000 implements MigrationInterface {
  readonly name = 'CreateCoupons1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table coupons (
        coupon_code   text   collate "C" primary key,
        valid_from    date   not null,
        valid_to      date   not null check (valid_to >= valid_from),
        minimum_minor bigint not null check (minimum_minor >= 0)
      )`);
    // One row for each customer who may use a coupon; whoever holds or used it stands in the row itself.
    await queryRunner.query(`
      create table grants (
        coupon_code    text   collate "C" not null references coupons,
        customer_id    text   collate "C" not null,
        state          text   not null default 'free' check (state in ('free', 'locked', 'used')),
        xid            uuid,
        branch_id      text   collate "C",
        discount_minor bigint check (discount_minor >= 0),
        primary key (coupon_code, customer_id),
        check ((state = 'free') = (xid is null)),
        check ((xid is null) = (branch_id is null) and (xid is null) = (discount_minor is null))
      ) with (fillfactor = 80)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table grants');
    await queryRunner.query('drop table coupons');
  }
}
