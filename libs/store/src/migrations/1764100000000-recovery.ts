import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What operators look for, see and do. The columns by which they filter are indexed over unresolved rows that have
 * something to say only, so that what goes well costs nothing; contradicted and forced ones are looked for after the
 * end too, and are few.
 *
 * A paused row has no time to wake: nothing claims it.
 */
export class Recovery1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table transactions
        add column paused_at timestamptz,
        add column paused_by text,
        add column pause_reason text,
        add column hung_code text,
        add column hung_since timestamptz,
        add column contradicted boolean not null default false,
        add column forced boolean not null default false,
        add column attempts_max integer not null default 1,
        add column last_error_code text,
        add column confirm_not_before timestamptz,
        drop constraint transactions_wake_until_ended,
        add constraint transactions_wake_until_ended
          check ((wake_at is null) = (ended_at is not null or paused_at is not null)),
        add constraint transactions_paused_only_open check (paused_at is null or ended_at is null),
        add constraint transactions_hung_only_open check (hung_since is null or ended_at is null)`);
    for (const [name, column, condition] of [
      ['paused', 'xid', 'ended_at is null and paused_at is not null'],
      ['hung', 'hung_code, xid', 'ended_at is null and hung_code is not null'],
      ['contradicted', 'xid', 'contradicted'],
      ['forced', 'xid', 'forced'],
      ['attempts', 'attempts_max, xid', 'ended_at is null and attempts_max > 1'],
      ['error', 'last_error_code, xid', 'ended_at is null and last_error_code is not null'],
    ]) {
      await runner.query(`create index transactions_${name} on transactions (${column}) where ${condition}`);
    }
    await runner.query(`
      create table audit (
        id bigint generated always as identity primary key,
        at timestamptz not null,
        actor text not null,
        action text not null,
        reason text not null,
        xid uuid,
        branch_id text,
        participant text,
        batch_id uuid,
        evidence text,
        result text not null
      )`);
    await runner.query('create index audit_actor on audit (actor, id)');
    for (const column of ['xid', 'participant', 'batch_id']) {
      await runner.query(`create index audit_${column} on audit (${column}, id) where ${column} is not null`);
    }
    await runner.query(`
      create function refuse_to_change_audit() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit log is only ever added to';
      end $$`);
    await runner.query(`
      create trigger audit_append_only before update or delete or truncate on audit
      for each statement execute function refuse_to_change_audit()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table audit');
    await runner.query('drop function refuse_to_change_audit');
    await runner.query(`
      alter table transactions
        drop constraint transactions_wake_until_ended,
        add constraint transactions_wake_until_ended check ((wake_at is null) = (ended_at is not null)) not valid,
        drop column paused_at, drop column paused_by, drop column pause_reason, drop column hung_code,
        drop column hung_since, drop column contradicted, drop column forced, drop column attempts_max,
        drop column last_error_code, drop column confirm_not_before`);
  }
}
