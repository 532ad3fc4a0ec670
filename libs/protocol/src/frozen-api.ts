import { z } from 'zod';
import { durationBetween } from './duration.js';
import { BranchId, Participant, Reference, Resource, TransactionName, Xid } from './identifiers.js';
import { nextCursor, pageQuery } from './page-query.js';
import { Time } from './time.js';
import { BranchState, Phase } from './transactions-api.js';

/** Something that a participant holds for a branch. */
export const FrozenItem = z
  .object({
    xid: Xid,
    branchId: BranchId,
    name: TransactionName,
    reference: Reference.nullable(),
    participant: Participant,
    resource: Resource,
    phase: Phase,
    state: BranchState,
    since: Time.describe('When its Try was first sent.'),
    reservation: z.unknown().describe('What Try answered; null while the answer is not saved.'),
    forced: z.boolean().describe('An operator forced its end, and no handler has settled it.'),
  })
  .meta({ id: 'FrozenItem' });
export type FrozenItem = z.infer<typeof FrozenItem>;

/** `GET /v1/frozen`, what has been held longest first. */
export const FrozenQuery = z.object({
  participant: Participant.optional(),
  resource: Resource.optional(),
  olderThan: durationBetween(0, 365 * 24 * 3_600_000)
    .optional()
    .describe('Of transactions begun at least this long ago, such as 10m.'),
  ...pageQuery,
});
export type FrozenQuery = z.output<typeof FrozenQuery>;

export const FrozenList = z
  .object({ items: z.array(FrozenItem), next: nextCursor })
  .meta({ id: 'FrozenList' });
export type FrozenList = z.infer<typeof FrozenList>;
