import { Participant } from '@holdfast/protocol';
import {
  StartError,
  databaseSettings,
  foundationSettings,
  kafkaSettings,
  readSettings,
  wholeNumber,
} from '@holdfast/service';
import { z } from 'zod';
import { CommandError, EXIT } from '../exit-code.js';
import type { Terminal } from '../terminal.js';

const { TOPIC_PREFIX } = foundationSettings;

/** The coordinator's database. */
export const DatabaseSettings = z.object(databaseSettings);
export type DatabaseSettings = z.output<typeof DatabaseSettings>;

/** An installation: its database and its topics. */
export const InstallationSettings = z.object({
  ...databaseSettings,
  ...kafkaSettings,
  TOPIC_PREFIX,
  /** The services that get a topic for commands, with commas between them. */
  PARTICIPANTS: z
    .string()
    .default('order,inventory,coupon,payment')
    .transform((text) => text.split(','))
    .pipe(z.array(Participant)),
  /** Copies of each topic. */
  REPLICATION_FACTOR: wholeNumber(1, 9).default(1),
});
export type InstallationSettings = z.output<typeof InstallationSettings>;

/** From the environment. Variables of a person's shell that are meant for other commands are none of its business. */
export function settingsOf<Schema extends z.ZodObject>(
  schema: Schema,
  { env }: Pick<Terminal, 'env'>,
): z.output<Schema> {
  const given = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, env[name]]));
  try {
    return readSettings('holdfast', schema, given);
  } catch (error) {
    if (error instanceof StartError) throw new CommandError(error.message, EXIT.usage);
    throw error;
  }
}
