import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '@holdfast/service';
import { testDatabase } from '@holdfast/testing';
import type { TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { transactionEntities, transactionMigrations } from './schema.js';
import { openDataSource } from './store-under-test.suite.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

async function withDataSource(work: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const dataSource = await openDataSource(database.url).initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function tablesOf(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
     and relname <> 'migrations' order by relname`,
  );
  return rows.map(({ name }) => name);
}

/** Columns, constraints and indexes in PostgreSQL's own words; primary keys without their names. */
async function definitionsOf(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ definition: string }[]>(`
    with tables as (
      select oid, relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'migrations'
    )
    select concat_ws(' ', t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid)) as definition
    from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0
      left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    union all
    select concat_ws(' ', t.relname, case when c.contype = 'c' then c.conname end, pg_get_constraintdef(c.oid))
    from tables t join pg_constraint c on c.conrelid = t.oid and c.contype in ('c', 'p', 'u', 'f')
    union all
    select pg_get_indexdef(i.indexrelid)
    from tables t join pg_index i on i.indrelid = t.oid and not i.indisprimary
    order by definition`);
  return rows.map(({ definition }) => definition);
}

test('up makes the tables, down leaves nothing, and up again works', async () => {
  await withDataSource(async (dataSource) => {
    const tables = [
      'api_keys',
      'audit',
      'batch_items',
      'batches',
      'idempotency_keys',
      'instances',
      'participants',
      'resources',
      'transactions',
    ];
    await dataSource.runMigrations();
    expect(await tablesOf(dataSource)).toEqual(tables);
    for (let i = 0; i < transactionMigrations.length; i++) await dataSource.undoLastMigration();
    expect(await tablesOf(dataSource)).toEqual([]);
    await dataSource.runMigrations();
    expect(await tablesOf(dataSource)).toEqual(tables);
  });
});

test('the entities say the same as the migrations', async () => {
  const fromEntities = await testDatabase();
  const synchronized = await openDataSource(fromEntities.url).initialize();
  await synchronized.synchronize();
  await withDataSource(async (dataSource) => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    // TypeORM does not look into conditions.
    expect(await definitionsOf(dataSource)).toEqual(await definitionsOf(synchronized));
  });
  await synchronized.destroy();
  await fromEntities.drop();
});

test('the migrations run once when eight coordinators start together', async () => {
  const open = () =>
    openDatabase({
      service: 'coordinator',
      url: database.url,
      poolSize: 2,
      migrations: transactionMigrations,
      entities: transactionEntities,
    });
  const opened = await Promise.all(Array.from({ length: 8 }, open));
  const applied = await opened[0]?.query<{ name: string }[]>('select name from migrations');
  expect(applied).toHaveLength(transactionMigrations.length);
  await Promise.all(opened.map((dataSource) => dataSource.destroy()));
});
