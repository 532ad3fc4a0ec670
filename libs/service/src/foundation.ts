import { Logger } from '@nestjs/common';
import { KafkaBus, missingTopics, type Bus, type BusLog, type KafkaConnection } from '@holdfast/bus';
import { topics, type Topics } from '@holdfast/protocol';
import type { DataSource, MigrationInterface } from 'typeorm';
import type { z } from 'zod';
import { openDatabase } from './database.js';
import type { foundationSettings } from './settings.js';
import { StartError } from './start-error.js';
import { databaseTls, kafkaSecurity } from './transport-security.js';

/** What a service with a database and a place on the bus stands on: opened before it and closed after it. */
export interface Foundation {
  readonly dataSource: DataSource;
  readonly bus: Bus;
  readonly close: () => Promise<void>;
}

type FoundationSettings = z.output<z.ZodObject<typeof foundationSettings>>;

export interface FoundationOptions {
  readonly service: string;
  readonly settings: FoundationSettings;
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Tables that TypeORM reads as objects; none unless given. */
  readonly entities?: readonly (new () => object)[];
  /** PostgreSQL's settings for each connection, over those of its server. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  /** The topics without which the service can't work. */
  readonly topicsNeeded: (names: Topics) => readonly string[];
  /** Used instead of Kafka, and left open, where several services run in one process. */
  readonly sharedBus: Bus | undefined;
}

/**
 * Opens the database, brings it up to date, and opens the bus.
 * @throws StartError if there is neither a shared bus nor `KAFKA_BROKERS`, or if a topic is missing.
 */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { service, settings, migrations, entities, sessionSettings, sharedBus } = options;
  const { KAFKA_BROKERS: brokers, DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize } = settings;
  if (!sharedBus && !brokers)
    throw new StartError(`The configuration of ${service} does not do: KAFKA_BROKERS must be given.`);
  const connection =
    brokers && !sharedBus
      ? { brokers, clientId: service, log: busLog, ...kafkaSecurity(settings) }
      : undefined;
  const tls = databaseTls(settings);
  if (connection) await refuseMissingTopics(connection, options);
  const dataSource = await openDatabase({
    service,
    url,
    tls,
    poolSize,
    migrations,
    entities,
    sessionSettings,
  });
  const ownBus = connection && new KafkaBus(connection);
  return {
    dataSource,
    bus: sharedBus ?? (ownBus as Bus),
    close: async () => {
      await ownBus?.close();
      await dataSource.destroy();
    },
  };
}

/** A consumer of a topic that does not exist would wait for it without a word. */
async function refuseMissingTopics(
  connection: KafkaConnection,
  { service, settings, topicsNeeded }: FoundationOptions,
): Promise<void> {
  const needed = topicsNeeded(topics(settings.TOPIC_PREFIX));
  const missing = await missingTopics(connection, needed);
  if (missing.length > 0)
    throw new StartError(
      `Kafka has no topic ${missing.join(', ')}: create what ${service} needs with "holdfast setup".`,
    );
}

const logger = new Logger('Bus');

/** Hands what the bus has to say to the application's log. */
export const busLog: BusLog = (level, message, details) => {
  const fields = details ? [details] : [];
  logger[level === 'info' ? 'log' : level](message, ...fields);
};
