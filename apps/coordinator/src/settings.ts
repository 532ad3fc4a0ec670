import { Participant } from '@holdfast/protocol';
import { foundationSettings, httpUrl, wholeNumber } from '@holdfast/service';
import { z } from 'zod';
import { isLoopback } from './access/loopback.js';

const { DATABASE_URL, DATABASE_POOL_SIZE, KAFKA_BROKERS, TOPIC_PREFIX } = foundationSettings;

/** A claim's name, as a token has it. */
const claim = z.string().min(1);

/** What a coordinator is told. */
export const CoordinatorSettings = z
  .object({
    ...foundationSettings,
    /** Where the issuer of tokens publishes its keys. The coordinator is closed to whoever has neither token nor key. */
    JWKS_URL: httpUrl.refine(isSafeFromStrangers, 'must be https, or http on this machine').optional(),
    /** Given with JWKS_URL, these two: what `iss` and `aud` of a token have to be. */
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().optional(),
    JWT_ROLE_CLAIM: claim.default('holdfast_role'),
    JWT_PARTICIPANT_CLAIM: claim.default('holdfast_participant'),
  })
  .check(({ value: { JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }, issues }) => {
    const needed = { JWT_ISSUER, JWT_AUDIENCE };
    for (const [name, input] of Object.entries(needed))
      if (JWKS_URL !== undefined && input === undefined)
        issues.push({ code: 'custom', input, path: [name], message: 'must be given' });
  });
export type CoordinatorSettings = z.output<typeof CoordinatorSettings>;

/** Keys that come over a network in the clear could be anybody's. */
function isSafeFromStrangers(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}

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
