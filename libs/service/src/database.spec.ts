import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { freePort, testDatabase, until, type TestDatabase } from '@holdfast/testing';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { openDatabase } from './database.js';
import { StartError } from './start-error.js';

/** How many other instances have to wait before the first table is made. */
let others: number;

class CreateThings1764000000000 implements MigrationInterface {
  readonly name = 'CreateThings1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await until(async () => (await waiting()) === others, { what: 'the others to be held back' });
    await queryRunner.query('create table things (id int)');
  }

  async down(): Promise<void> {}
}

class AddNames1764000000001 implements MigrationInterface {
  readonly name = 'AddNames1764000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table things add column name text');
  }

  async down(): Promise<void> {}
}

let database: TestDatabase;
beforeEach(async () => {
  others = 0;
  database = await testDatabase();
});
afterEach(() => database.drop());

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

const waiting = async () =>
  (
    await query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).length;

/** For connections that are made from now on. */
const alter = (change: string) =>
  query(`alter database ${new URL(database.url).pathname.slice(1)} ${change}`);

const open = (migrations = [CreateThings1764000000000, AddNames1764000000001], url = database.url) =>
  openDatabase({ service: 'thing', url, poolSize: 2, migrations });

test('eight instances that start together make the tables once', async () => {
  others = 7;
  const opened = await Promise.all(Array.from({ length: 8 }, () => open()));
  const applied = await opened[0]?.query<{ name: string }[]>('select name from migrations order by id');
  expect(applied?.map(({ name }) => name)).toEqual(['CreateThings1764000000000', 'AddNames1764000000001']);
  await Promise.all(opened.map((dataSource) => dataSource.destroy()));
});

test('the settings of a session hold on each connection', async () => {
  const sessionSettings = { plan_cache_mode: 'force_custom_plan', lock_timeout: '7s' };
  const options = { service: 'thing', url: database.url, poolSize: 2, migrations: [], sessionSettings };
  const dataSource = await openDatabase(options);
  const settings = `select current_setting('plan_cache_mode') as mode, current_setting('lock_timeout') as wait`;
  const both = await Promise.all([dataSource.query(settings), dataSource.query(settings)]);
  const expected = [{ mode: 'force_custom_plan', wait: '7s' }];
  expect(both).toEqual([expected, expected]);
  await dataSource.destroy();
});

test('a database that is newer than the service stops its start', async () => {
  await (await open()).destroy();
  await query('drop table things; delete from migrations where name like $$Create%$$');
  await expect(open([CreateThings1764000000000])).rejects.toThrow(
    'The database of thing is newer than this version of it (AddNames1764000000001): start the newer version.',
  );
  // Nothing was made in it before it was refused.
  expect(await query(`select to_regclass('things') as things`)).toEqual([{ things: null }]);
});

test('a database that may lose commits stops the start, unless it says that it is for tests', async () => {
  await alter('set synchronous_commit = off');
  const error: unknown = await open().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toBe(
    "The database of thing won't do: synchronous_commit is off, so a crash loses commits: set synchronous_commit = on.",
  );
  await alter('set holdfast.for_tests_only = on');
  await (await open()).destroy();
});

test('a standby that is not synchronous is warned of, and stops nothing', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const standby = new pg.Client({ connectionString: database.url, replication: 'true' } as pg.ClientConfig);
  await standby.connect();
  try {
    await (await open()).destroy();
    expect(warn.mock.calls.flat().join()).toMatch(
      /thing: (One standby is|\d+ standbys are) connected and none/,
    );
  } finally {
    warn.mockRestore();
    await standby.end();
  }
});

test('a database that is not there is a sentence without its password', async () => {
  const url = `postgres://me:secret@127.0.0.1:${await freePort()}/none`;
  const error: unknown = await open([], url).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toMatch(/^The database of thing can't be reached: .*ECONNREFUSED/);
  expect((error as Error).message).not.toContain('secret');
});
