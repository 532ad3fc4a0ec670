import { Logger } from '@nestjs/common';
import { KafkaBus, type Bus, type BusLog } from '@holdfast/bus';
import type { DataSource, MigrationInterface } from 'typeorm';
import type { z } from 'zod';
import { openDatabase } from './database.js';
import type { foundationSettings } from './settings.js';
import { StartError } from './start-error.js';

/** What a service with a database and a place on the bus stands on: opened before it and closed after it. */
export interface Foundation {
  readonly dataSource: DataSource;
  readonly bus: Bus;
  readonly close: () => Promise<void>;
}

type FoundationSettings = z.output<z.ZodObject<typeof foundationSettings>>;

/**
 * Opens the database, brings it up to date, and opens the bus.
 * @param sharedBus used instead of Kafka, and left open, where several services run in one process.
 * @throws StartError if there is neither a shared bus nor `KAFKA_BROKERS`.
 */
export async function openFoundation(
  service: string,
  settings: FoundationSettings,
  migrations: readonly (new () => MigrationInterface)[],
  sharedBus?: Bus,
  entities: readonly (new () => object)[] = [],
): Promise<Foundation> {
  const { KAFKA_BROKERS: brokers, DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize } = settings;
  if (!sharedBus && !brokers)
    throw new StartError(`The configuration of ${service} does not do: KAFKA_BROKERS must be given.`);
  const dataSource = await openDatabase({ service, url, poolSize, migrations, entities });
  const ownBus =
    brokers && !sharedBus ? new KafkaBus({ brokers, clientId: service, log: busLog }) : undefined;
  return {
    dataSource,
    bus: sharedBus ?? (ownBus as Bus),
    close: async () => {
      await ownBus?.close();
      await dataSource.destroy();
    },
  };
}

const logger = new Logger('Bus');

/** Hands what the bus has to say to the application's log. */
export const busLog: BusLog = (level, message, details) => {
  const line = details ? `${message} ${JSON.stringify(details)}` : message;
  if (level === 'info') logger.log(line);
  else logger[level](line);
};
