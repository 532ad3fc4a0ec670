import { randomUUID } from 'node:crypto';
import { withClient } from './databases.js';
import { testDatabase, type TestDatabaseOptions } from './test-database.js';

const tablesOf = (url: string): Promise<string[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ tablename: string }>(
      "select tablename from pg_tables where schemaname = 'public'",
    );
    return rows.map(({ tablename }) => tablename);
  });

test('it is empty where nothing is asked for, and gone when it is dropped', async () => {
  const database = await testDatabase();
  expect(await tablesOf(database.url)).toEqual([]);
  await database.drop();
  await expect(tablesOf(database.url)).rejects.toThrow('does not exist');
});

test('those of one template are migrated once, even at the same time, and know nothing of each other', async () => {
  let migrations = 0;
  const options: TestDatabaseOptions = {
    template: randomUUID(),
    migrate: async (url) => {
      migrations += 1;
      await withClient(url, (client) => client.query('create table item (id int)'));
    },
  };
  const databases = await Promise.all([1, 2, 3, 4].map(() => testDatabase(options)));
  const [first, second] = databases as [(typeof databases)[0], (typeof databases)[0]];
  await withClient(first.url, (client) => client.query('insert into item values (1)'));
  const { rowCount } = await withClient(second.url, (client) => client.query('select from item'));
  expect({ migrations, rowCount, tables: await tablesOf(second.url) }).toEqual({
    migrations: 1,
    rowCount: 0,
    tables: ['item'],
  });
  await Promise.all(databases.map((database) => database.drop()));
});

test('a migration that failed half-way is done again from an empty database', async () => {
  const template = randomUUID();
  const migrate = (fails: boolean) => async (url: string) => {
    await withClient(url, (client) => client.query('create table item (id int)'));
    if (fails) throw new Error('half-way');
  };
  await expect(testDatabase({ template, migrate: migrate(true) })).rejects.toThrow('half-way');
  const database = await testDatabase({ template, migrate: migrate(false) });
  expect(await tablesOf(database.url)).toEqual(['item']);
  await database.drop();
});
