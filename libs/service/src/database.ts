import { DataSource, type MigrationInterface } from 'typeorm';
import { refuseLostCommits } from './lost-commits.js';
import type { ReadinessCheck } from './health-module.js';
import { refuseNewerSchema } from './schema-state.js';
import { StartError } from './start-error.js';
import type { DatabaseTls } from './transport-security.js';

export interface DatabaseOptions {
  /** Names its connections in `pg_stat_activity`. */
  readonly service: string;
  readonly url: string;
  /** Plain TCP where it is left out. */
  readonly tls?: DatabaseTls | undefined;
  /** Connections at most. */
  readonly poolSize: number;
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Tables that TypeORM reads as objects; none unless given. */
  readonly entities?: readonly (new () => object)[];
  /** PostgreSQL's settings for each connection, over those of its server and `SESSION_SETTINGS`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
}

/**
 * Batches look rows up by their keys. With PostgreSQL's own price of a random page, which is that of a turning disk, a
 * few hundred keys make it read the whole table instead, in every batch and for longer the more the table holds.
 * Measured with 175,000 rows and 289 keys: 24 ms against 3 ms.
 */
const SESSION_SETTINGS = { random_page_cost: '1.1' };

const CONNECT_MS_MAX = 5_000;
/** As long as another instance may take to migrate before this one gives up its start. */
const MIGRATION_WAIT_MS_MAX = 60_000;
/** Any number, the same in all instances; each service has a database of its own, so they do not wait for each other. */
const MIGRATION_LOCK = 7_166_001;

/**
 * Connects to a service's database and brings its tables up to date.
 * @throws StartError if it can't be reached, may lose commits, or is ahead of this version of the service.
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  const dataSource = await connectDatabase(options);
  try {
    await refuseLostCommits(dataSource, options.service);
    await migrate(dataSource, options.service);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

/**
 * Connects to a service's database as it is.
 * @throws StartError if it can't be reached.
 */
export async function connectDatabase(options: DatabaseOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    ssl: options.tls,
    applicationName: options.service,
    poolSize: options.poolSize,
    connectTimeoutMS: CONNECT_MS_MAX,
    migrations: [...options.migrations],
    entities: [...(options.entities ?? [])],
    extra: { options: sessionOptions({ ...SESSION_SETTINGS, ...options.sessionSettings }) },
  });
  try {
    await dataSource.initialize();
  } catch (cause) {
    throw new StartError(`The database of ${options.service} can't be reached: ${reasonOf(cause)}.`, {
      cause,
    });
  }
  return dataSource;
}

function sessionOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** One instance at a time: TypeORM takes no lock of its own, and two that start together would both create the tables. */
async function migrate(dataSource: DataSource, service: string): Promise<void> {
  const session = dataSource.createQueryRunner();
  try {
    await session.query(`set lock_timeout = ${MIGRATION_WAIT_MS_MAX}`);
    await session.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await refuseNewerSchema(dataSource, service);
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await session.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await session.query('reset lock_timeout');
    }
  } finally {
    await session.release();
  }
}

function reasonOf(error: unknown): string {
  // What Node says when a name has several addresses and none answers has no text of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** Ready while the database answers. */
export function databaseCheck(dataSource: DataSource): ReadinessCheck {
  return {
    name: 'database',
    check: async () => {
      await dataSource.query('select 1');
      return true;
    },
  };
}
