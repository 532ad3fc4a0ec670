import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDatabase, databaseExists, dropDatabase, withClient } from './databases.js';

export interface TestDatabaseOptions {
  /** Names what `migrate` makes. It runs once for each name and test run; every further database is a copy. */
  readonly template: string;
  /** Makes the tables in the database at this address. It must leave no connection open. */
  readonly migrate: (url: string) => Promise<void>;
}

/** A database of its own for a test file. */
export interface TestDatabase {
  readonly url: string;
  /** Ends all connections to it and drops it. */
  readonly drop: () => Promise<void>;
}

/** A new database on the PostgreSQL of this test run: empty, or a copy of a migrated template. */
export async function testDatabase(options?: TestDatabaseOptions): Promise<TestDatabase> {
  const adminUrl = process.env['HOLDFAST_TEST_POSTGRES'];
  if (adminUrl === undefined) throw new Error('No PostgreSQL runs for tests: start them with npm test.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createDatabase(adminUrl, name, options && (await migratedTemplate(adminUrl, options)));
  const url = new URL(adminUrl);
  url.pathname = name;
  return { url: url.href, drop: () => dropDatabase(adminUrl, name) };
}

/** Test files run in several processes, so the first takes a lock, and a template has its name only once it is whole. */
async function migratedTemplate(
  adminUrl: string,
  { template, migrate }: TestDatabaseOptions,
): Promise<string> {
  const name = `template_${template}`;
  await withClient(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    if (await databaseExists(adminUrl, name)) return;
    const draft = `${name}_draft`;
    await dropDatabase(adminUrl, draft);
    await createDatabase(adminUrl, draft);
    const url = new URL(adminUrl);
    url.pathname = draft;
    await migrate(url.href);
    await client.query(`alter database ${pg.escapeIdentifier(draft)} rename to ${pg.escapeIdentifier(name)}`);
  });
  return name;
}
