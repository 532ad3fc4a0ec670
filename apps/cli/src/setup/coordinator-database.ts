import type { DatabaseOptions } from '@holdfast/service';
import { transactionEntities, transactionMigrations } from '@holdfast/store';

const CONNECTIONS = 2;

/** The coordinator's database, as a command opens it. */
export function coordinatorDatabase(url: string): DatabaseOptions {
  return {
    service: 'coordinator',
    url,
    poolSize: CONNECTIONS,
    migrations: transactionMigrations,
    entities: transactionEntities,
  };
}
