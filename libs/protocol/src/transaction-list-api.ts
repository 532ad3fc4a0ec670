import { z } from 'zod';
import { durationBetween } from './duration.js';
import { Code, Participant, Reference, Resource, TransactionName } from './identifiers.js';
import { LIST_WINDOW_MS_MAX } from './limits.js';
import { QueryFlag, nextCursor, pageQuery } from './page-query.js';
import { Time } from './time.js';
import { Phase, summaryFields } from './transactions-api.js';

const UNRESOLVED = ['trying', 'confirming', 'cancelling'] as const;
const olderThan = durationBetween(0, 365 * 24 * 3_600_000).describe(
  'Begun at least this long ago, such as 10m.',
);

/** Filters of unresolved transactions, as JSON. */
export const SelectionFilter = z
  .strictObject({
    phase: z.enum(UNRESOLVED),
    hung: z.boolean(),
    name: TransactionName,
    participant: Participant.describe('One of its branches goes to this participant.'),
    resource: Resource.describe('One of its branches reserves this.'),
    olderThan,
    minAttempts: z.int().min(1).describe('A branch of it was sent its command at least this often.'),
    error: Code.describe('The last error of one of its branches.'),
  })
  .partial()
  .meta({ id: 'SelectionFilter' });
export type SelectionFilter = z.output<typeof SelectionFilter>;

/** `GET /v1/transactions`: unresolved ones unless a reference, a window of end times or `contradicted` is given. */
export const ListQuery = z
  .object({
    ...SelectionFilter.shape,
    phase: Phase.optional(),
    hung: QueryFlag.optional(),
    minAttempts: z.coerce.number().int().min(1).optional(),
    contradicted: QueryFlag.optional().describe(
      'With a contradiction that nobody has settled; where `true`, ended ones are found as well.',
    ),
    reference: Reference.optional(),
    endedAfter: Time.optional(),
    endedBefore: Time.optional(),
    ...pageQuery,
  })
  .refine(({ endedAfter, endedBefore }) => (endedAfter === undefined) === (endedBefore === undefined), {
    path: ['endedBefore'],
    message: 'give both ends of the window, or neither',
  })
  .refine(
    ({ endedAfter, endedBefore }) => {
      if (endedAfter === undefined || endedBefore === undefined) return true;
      const windowMs = Date.parse(endedBefore) - Date.parse(endedAfter);
      return windowMs >= 0 && windowMs <= LIST_WINDOW_MS_MAX;
    },
    { path: ['endedBefore'], message: 'a window of end times ends after it starts, and within 24 h' },
  );
export type ListQuery = z.output<typeof ListQuery>;

/** One row of `GET /v1/transactions`. */
export const TransactionListItem = z.object(summaryFields).meta({ id: 'TransactionListItem' });
export type TransactionListItem = z.infer<typeof TransactionListItem>;

export const TransactionList = z
  .object({ items: z.array(TransactionListItem), next: nextCursor })
  .meta({ id: 'TransactionList' });
export type TransactionList = z.infer<typeof TransactionList>;
