import { READ_DURABILITY, durabilityFaults, type Durability } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { LANE_CONNECTIONS } from './failed-lane.js';

/** What the pg pool takes where nothing else is said. */
const POOL_SIZE_DEFAULT = 10;
/** One for the batch and one for the service's own work, besides those that the lane may hold. */
const CONNECTIONS_MIN = LANE_CONNECTIONS + 2;

/** @throws Error with a sentence that says what to do, if a participant can't run on this database. */
export async function checkDatabase(dataSource: DataSource): Promise<void> {
  const { options } = dataSource;
  if (options.type !== 'postgres') throw new Error('A participant needs PostgreSQL for its fence');
  const poolSize =
    options.poolSize ?? (options.extra as { max?: number } | undefined)?.max ?? POOL_SIZE_DEFAULT;
  if (poolSize < CONNECTIONS_MIN)
    throw new Error(
      `The DataSource's poolSize is ${poolSize}; a participant needs ${CONNECTIONS_MIN} at least`,
    );
  const newest = await dataSource.query<object[]>(
    `select from pg_attribute where attrelid = to_regclass('holdfast_fence') and attname = 'forced'`,
  );
  if (newest.length === 0)
    throw new Error(
      'There is no table holdfast_fence, or it is out of date: add fenceMigrations to the DataSource and run them',
    );
  const [durability] = await dataSource.query<[Durability]>(READ_DURABILITY);
  const unsafe = durabilityFaults(durability).filter(({ kind }) => kind === 'unsafe');
  if (unsafe.length > 0)
    throw new Error(`The database won't do: ${unsafe.map(({ sentence }) => sentence).join(' ')}`);
}
