import pg from 'pg';

/** Creates a database, as a copy of `template` where one is named (nobody may be connected to that). */
export async function createDatabase(adminUrl: string, name: string, template?: string): Promise<void> {
  const copy = template === undefined ? '' : ` template ${pg.escapeIdentifier(template)}`;
  await withClient(adminUrl, (client) => client.query(`create database ${pg.escapeIdentifier(name)}${copy}`));
}

/** Drops a database with all connections to it. One that is not there is fine. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  );
}

/** Whether there is a database of this name. */
export async function databaseExists(adminUrl: string, name: string): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    return rowCount === 1;
  });
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // A lost connection also rejects what runs on it.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
