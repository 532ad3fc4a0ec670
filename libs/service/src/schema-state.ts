import type { DataSource } from 'typeorm';
import { StartError } from './start-error.js';

/** How the tables of a database stand to this version of its service. */
export interface SchemaState {
  /** Migrations that are still to be made. */
  readonly pending: readonly string[];
  /** Migrations that a newer version has made. */
  readonly unknown: readonly string[];
}

/** Reads what stands and changes nothing; an empty database has all migrations pending. */
export async function schemaState(dataSource: DataSource): Promise<SchemaState> {
  const known = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const [found] = await dataSource.query<[{ table: string | null }]>(
    `select to_regclass('migrations') as table`,
  );
  if (found.table === null) return { pending: known, unknown: [] };
  const rows = await dataSource.query<{ name: string }[]>('select name from migrations order by id');
  const applied = rows.map(({ name }) => name);
  return {
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/** @throws StartError if a newer version of the service has changed the tables. */
export async function refuseNewerSchema(dataSource: DataSource, service: string): Promise<void> {
  const { unknown } = await schemaState(dataSource);
  if (unknown.length > 0)
    throw new StartError(
      `The database of ${service} is newer than this version of it (${unknown.join(', ')}): start the newer version.`,
    );
}
