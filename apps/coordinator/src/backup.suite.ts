/** Runs SQL in another database of the same server. */
type Sql = (text: string, values?: unknown[]) => Promise<unknown>;

const nameOf = (databaseUrl: string) => new URL(databaseUrl).pathname.slice(1);

/** Copies a database. Nobody may be connected to it meanwhile; whoever was, comes again. */
export async function backUp(databaseUrl: string, elsewhere: Sql): Promise<void> {
  const name = nameOf(databaseUrl);
  await elsewhere(`alter database ${name} with allow_connections false`);
  await elsewhere('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await elsewhere(`create database ${name}_backup template ${name}`);
  await elsewhere(`alter database ${name} with allow_connections true`);
}

/** Puts the copy in its place. */
export async function restore(databaseUrl: string, elsewhere: Sql): Promise<void> {
  const name = nameOf(databaseUrl);
  await elsewhere(`drop database ${name} with (force)`);
  await elsewhere(`alter database ${name}_backup rename to ${name}`);
}
