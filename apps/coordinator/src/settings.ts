import { Participant } from '@holdfast/protocol';
import { foundationSettings, wholeNumber } from '@holdfast/service';
import { z } from 'zod';

const { DATABASE_URL, DATABASE_POOL_SIZE, KAFKA_BROKERS, TOPIC_PREFIX } = foundationSettings;

/** What a coordinator is told. */
export const CoordinatorSettings = z.object(foundationSettings);
export type CoordinatorSettings = z.output<typeof CoordinatorSettings>;

/** What `setup` is told. */
export const SetupSettings = z.object({
  DATABASE_URL,
  DATABASE_POOL_SIZE,
  KAFKA_BROKERS,
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
