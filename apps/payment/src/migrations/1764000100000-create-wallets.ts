import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWallets1764000100000 implements MigrationInterface {
  readonly name = 'CreateWallets1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Half-empty pages: a wallet's row is updated in place again and again, and touches no index.
    await queryRunner.query(`
      create table wallets (
        customer_id     text   collate "C" not null,
        currency        text   collate "C" not null check (currency ~ '^[A-Z]{3}$'),
        available_minor bigint not null default 0 check (available_minor >= 0),
        frozen_minor    bigint not null default 0 check (frozen_minor >= 0),
        primary key (customer_id, currency)
      ) with (fillfactor = 50)`);
    // Double entry: each movement is two rows that add up to zero. A wallet's balances are the sums of its accounts
    // 'available' and 'frozen'; 'revenue' (the merchant's) and 'equity' (where opening balances come from) stand here
    // only, since one row for each would be where all checkouts queue. The key keeps a movement from being booked twice.
    await queryRunner.query(`
      create table journal (
        entry        uuid   not null,
        branch_id    text   collate "C" not null,
        movement     text   not null check (movement in ('opening', 'freeze', 'confirm', 'cancel')),
        account      text   not null check (account in ('available', 'frozen', 'revenue', 'equity')),
        customer_id  text   collate "C" not null,
        currency     text   collate "C" not null,
        amount_minor bigint not null check (amount_minor <> 0),
        booked_at    timestamptz not null default now(),
        primary key (entry, branch_id, movement, account)
      )`);
    await queryRunner.query(`
      comment on column journal.entry is 'The xid of a checkout''s movement; an opening has an id of its own.'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table journal');
    await queryRunner.query('drop table wallets');
  }
}
