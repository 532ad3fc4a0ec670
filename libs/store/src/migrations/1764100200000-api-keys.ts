import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Credentials of services and people. A revoked key keeps its row: it tells who acted, and that keys are in use here. */
export class ApiKeys1764100200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id text primary key,
        secret_hash bytea not null,
        owner text not null,
        role text not null,
        participant text,
        created_at timestamptz not null default now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        constraint api_keys_role_known
          check (role in ('initiator', 'participant', 'viewer', 'operator', 'admin')),
        constraint api_keys_participant_named check ((role = 'participant') = (participant is not null))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table api_keys');
  }
}
