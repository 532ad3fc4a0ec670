import type { MigrationInterface, QueryRunner } from 'typeorm';

class CreateHoldfastFence1764000000000 implements MigrationInterface {
  readonly name = 'CreateHoldfastFence1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table holdfast_fence (
        xid         uuid        not null,
        branch_id   text        collate "C" not null,
        resource    text        not null,
        state       text        not null check (state in ('trying', 'tried', 'refused', 'confirming', 'confirmed',
                                                          'cancelling', 'cancelled', 'forced')),
        answer      jsonb,
        deadline_at timestamptz,
        created_at  timestamptz not null default now(),
        updated_at  timestamptz not null default now(),
        primary key (xid, branch_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table holdfast_fence');
  }
}

/** The migrations of the fence table: `migrations: [...fenceMigrations, ...own]` in the participant's DataSource. */
export const fenceMigrations: readonly (new () => MigrationInterface)[] = [CreateHoldfastFence1764000000000];
