import { duration, foundationSettings, httpUrl, wholeNumber } from '@holdfast/service';
import { z } from 'zod';
import { isLoopback } from './access/loopback.js';
import { retrySettings } from './retry-settings.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A claim's name, as a token has it. */
const claim = z.string().min(1);

/** What a coordinator is told. */
export const CoordinatorSettings = z
  .object({
    ...foundationSettings,
    ...retrySettings,
    /** For how long finished transactions are kept. Participants keep the rows of their fences no longer. */
    HISTORY_RETENTION: duration(2 * DAY_MS, 3_650 * DAY_MS).default(30 * DAY_MS),
    /** How much sooner a transaction that is not known counts as forgotten instead of cancelled, for clocks that differ. */
    HISTORY_MARGIN: duration(60_000, DAY_MS).default(3_600_000),
    /** So many transactions are taken on in any case, and so many may wait for one participant; more if they end quickly. */
    IN_FLIGHT_MIN: wholeNumber(1, 100_000).default(1_024),
    /** Off while a restored database is looked through: nobody is told what became of what is frozen there. */
    INQUIRY: z.enum(['on', 'off']).default('on'),
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
