import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What operators do to many transactions at once. Items are named when a batch is made, each with how it stood then. A
 * batch is worked on by one coordinator at a time, whose claim has an end.
 */
export class Batches1764100300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table batches (
        batch_id uuid primary key,
        action text not null,
        reason text not null,
        rate_per_second integer not null,
        state text not null default 'running',
        created_by text not null,
        created_at timestamptz not null default now(),
        ended_at timestamptz,
        claimed_by uuid,
        claimed_until timestamptz not null default now(),
        constraint batches_state_known check (state in ('running', 'done', 'stopped')),
        constraint batches_ended_unless_running check ((ended_at is null) = (state = 'running'))
      )`);
    await runner.query(`create index batches_running on batches (created_at) where state = 'running'`);
    await runner.query(`
      create table batch_items (
        batch_id uuid not null,
        xid uuid not null,
        etag text not null,
        state text not null default 'pending',
        detail text,
        at timestamptz,
        primary key (batch_id, xid),
        constraint batch_items_state_known check (state in ('pending', 'done', 'skipped', 'failed'))
      )`);
    await runner.query(
      `create index batch_items_pending on batch_items (batch_id, xid) where state = 'pending'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table batch_items');
    await runner.query('drop table batches');
  }
}
