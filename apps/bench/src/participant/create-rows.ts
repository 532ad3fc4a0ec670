import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ROWS } from '../work/equal-branches.js';

export class CreateRows1764000200000 implements MigrationInterface {
  readonly name = 'CreateRows1764000200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table account (
        id        int    primary key,
        available bigint not null,
        frozen    bigint not null default 0,
        settled   bigint not null default 0
      ) with (fillfactor = 50)`);
    await queryRunner.query(
      `insert into account (id, available) select id, 1000000000 from generate_series(1, ${ROWS}) as id`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table account');
  }
}
