import { readFileSync } from 'node:fs';
import type { KafkaConnection } from '@holdfast/bus';
import type { z } from 'zod';
import type { databaseSettings, kafkaSettings } from './settings.js';
import { StartError } from './start-error.js';

/** What `pg` is told. It insists on a certificate for the host that was asked for. */
export interface DatabaseTls {
  readonly ca?: string | undefined;
}

/**
 * How connections to the database are secured; undefined for plain TCP.
 * @throws StartError if the settings contradict each other or the file can't be read.
 */
export function databaseTls(
  settings: z.output<z.ZodObject<typeof databaseSettings>>,
): DatabaseTls | undefined {
  const ca = authorities('DATABASE', settings.DATABASE_TLS, settings.DATABASE_TLS_CA_FILE);
  return settings.DATABASE_TLS ? { ca } : undefined;
}

/**
 * How connections to Kafka are secured, for a `KafkaConnection`.
 * @throws StartError if the settings contradict each other or the file can't be read.
 */
export function kafkaSecurity(
  settings: z.output<z.ZodObject<typeof kafkaSettings>>,
): Pick<KafkaConnection, 'tls' | 'sasl'> {
  const ca = authorities('KAFKA', settings.KAFKA_TLS, settings.KAFKA_TLS_CA_FILE);
  const tls = settings.KAFKA_TLS ? { ca } : undefined;
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = settings;
  if (mechanism && username && password) return { tls, sasl: { mechanism, username, password } };
  if (mechanism || username || password)
    throw new StartError(
      'Of KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD some are given and some are not: give all or none.',
    );
  return { tls };
}

function authorities(
  prefix: 'DATABASE' | 'KAFKA',
  isOn: boolean,
  file: string | undefined,
): string | undefined {
  if (file === undefined) return undefined;
  if (!isOn)
    throw new StartError(`${prefix}_TLS_CA_FILE is given and ${prefix}_TLS is not true: set both or none.`);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError(`${prefix}_TLS_CA_FILE can't be read: ${(cause as Error).message}.`, { cause });
  }
}
