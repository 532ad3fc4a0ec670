import { fenceMigrations } from '@holdfast/participant';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

class CreateSlots1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table slots (
        name   text primary key,
        free   int  not null check (free >= 0),
        held   int  not null default 0 check (held >= 0),
        booked int  not null default 0 check (booked >= 0)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table slots');
  }
}

/** Connects to the service's own database and brings it up to date, the fence first. */
export function openDatabase(url: string): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    migrations: [...fenceMigrations, CreateSlots1764000000001],
    migrationsRun: true,
  }).initialize();
}
