import { databaseTls, type DatabaseOptions } from '@holdfast/service';
import { transactionEntities, transactionMigrations } from '@holdfast/store';
import type { DatabaseSettings } from './installation-settings.js';

const CONNECTIONS = 2;

/**
 * The coordinator's database, as a command opens it.
 * @throws StartError if the settings of its TLS do not do.
 */
export function coordinatorDatabase(settings: DatabaseSettings): DatabaseOptions {
  return {
    service: 'coordinator',
    url: settings.DATABASE_URL,
    tls: databaseTls(settings),
    poolSize: CONNECTIONS,
    migrations: transactionMigrations,
    entities: transactionEntities,
  };
}
