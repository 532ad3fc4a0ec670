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
        -- The reservation that Confirm and Cancel get; of a refused Try its code and message.
        answer      jsonb       check (answer is not null or state <> 'tried'),
        deadline_at timestamptz,
        created_at  timestamptz not null default now(),
        updated_at  timestamptz not null default now(),
        primary key (xid, branch_id)
      )
      -- Each row is written about three times within seconds: room for its versions on its own page spares the index.
      with (fillfactor = 50)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table holdfast_fence');
  }
}

/** The migrations of the fence table: `migrations: [...fenceMigrations, ...own]` in the participant's DataSource. */
export const fenceMigrations: readonly (new () => MigrationInterface)[] = [CreateHoldfastFence1764000000000];
