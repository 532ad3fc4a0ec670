import { TOPIC_PREFIX_DEFAULT, durationBetween, durationMs } from '@holdfast/protocol';
import { z } from 'zod';
import { StartError } from './start-error.js';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 3_600_000;

/** A whole number as an environment variable has it. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => min <= value && value <= max, error);
}

/** A time such as `30s` or `720h` as an environment variable has it; its value and its limits are in milliseconds. */
export function duration(minMs: number, maxMs: number) {
  return durationBetween(minMs, maxMs).transform(durationMs);
}

/** `true` or `false`; false unless given. */
export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:3000' });

/** What a service is told that calls the coordinator. */
export const coordinatorSettings = {
  COORDINATOR_URL: httpUrl,
  /** The credential with which it calls. Left out where the coordinator is open to its own machine. */
  HOLDFAST_API_KEY: z.string().optional(),
};

/** What every service is told. */
export const serviceSettings = {
  /** Loopback unless given: nothing is offered to strangers by mistake. */
  HOST: z.string().default('127.0.0.1'),
  /** 0 has the operating system choose a free one. */
  PORT: wholeNumber(0, 65_535),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'log', 'debug', 'verbose'], 'must be error, warn, log, debug or verbose')
    .default('log'),
  /** Where spans go (OTLP over HTTP); nobody traces unless it is given. Its SDK reads further variables by itself. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
};

/** How a PostgreSQL is reached. */
export const databaseSettings = {
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'must be a URL such as postgres://user:password@127.0.0.1:5432/name',
    })
    // Two places that say it could contradict each other, and the weaker one would win unnoticed.
    .refine((url) => !/[?&]ssl/i.test(url), 'must not speak of SSL: DATABASE_TLS does'),
  /** Insists on TLS with a certificate for the host of DATABASE_URL, by a known authority. */
  DATABASE_TLS: flag,
  /** A PEM file with the authorities to know, instead of those of the system. */
  DATABASE_TLS_CA_FILE: z.string().optional(),
};

/** How a Kafka is reached. */
export const kafkaSettings = {
  /** `host:port`, several with commas between them. Left out where a bus is passed in by the same process. */
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'must be host:port, several with commas between them')
    .transform((text) => text.split(','))
    .optional(),
  /** Insists on TLS with a certificate for the broker's name, by a known authority. */
  KAFKA_TLS: flag,
  /** A PEM file with the authorities to know, instead of those of the system. */
  KAFKA_TLS_CA_FILE: z.string().optional(),
  /** Given together, these three: who this service is to Kafka, proven by SASL/SCRAM. */
  KAFKA_SASL_MECHANISM: z
    .enum(['scram-sha-256', 'scram-sha-512'], 'must be scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
};

/** What a service is told that has a database and takes part on the bus. */
export const foundationSettings = {
  ...serviceSettings,
  ...databaseSettings,
  /** Connections to the database. */
  DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
  ...kafkaSettings,
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')
    .default(TOPIC_PREFIX_DEFAULT),
};

/** Told apart from a stranger's variables by this, so that a misspelt or misplaced one does not go unnoticed. */
const OWN_PREFIX = 'HOLDFAST_';

/** What a participant is told about its fence; `fenceOptions` makes its options of them. */
export const fenceSettings = {
  /** How long a branch may stay frozen past its deadline before the coordinators are asked about it. */
  FENCE_GRACE: duration(1_000, HOUR_MS).default(30_000),
  /** How long the row of a settled branch stays. At most the coordinators' HISTORY_RETENTION less its margin. */
  FENCE_RETENTION: duration(HOUR_MS, 365 * 24 * HOUR_MS).default(7 * 24 * HOUR_MS),
  /** How often the fence is looked after. */
  FENCE_SWEEP_INTERVAL: duration(100, HOUR_MS).default(5_000),
};

export function fenceOptions(settings: z.output<z.ZodObject<typeof fenceSettings>>) {
  return {
    graceMs: settings.FENCE_GRACE,
    retentionMs: settings.FENCE_RETENTION,
    sweepIntervalMs: settings.FENCE_SWEEP_INTERVAL,
  };
}

/**
 * Reads a service's configuration from the environment. An empty variable counts as not given.
 * @param service its name, for the message.
 * @throws StartError that names all that is wrong at once, also unknown `HOLDFAST_` variables, and shows no value.
 */
export function readSettings<Schema extends z.ZodObject>(
  service: string,
  schema: Schema,
  env: Environment,
): z.output<Schema> {
  const known = Object.keys(schema.shape);
  const given = Object.fromEntries(known.map((name) => [name, env[name] === '' ? undefined : env[name]]));
  const parsed = schema.safeParse(given);
  const faults = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = path.join('.');
    return given[name] === undefined ? `${name} must be given` : `${name} ${message}`;
  });
  for (const name of Object.keys(env))
    if (name.startsWith(OWN_PREFIX) && !known.includes(name)) faults.push(`${name} is not known`);
  if (!parsed.success || faults.length > 0)
    throw new StartError(`The configuration of ${service} does not do: ${faults.join('; ')}.`);
  return parsed.data;
}
